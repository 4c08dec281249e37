-- The tables as they were made before there were steps. Never changed: databases in the field look like this.
create table if not exists dji_cloud_sessions (
  id text not null primary key,
  user_id text not null,
  username text not null,
  workspace_id text not null,
  role text not null,
  created_at bigint not null,
  expires_at bigint not null,
  token_id text not null,
  token_issued_at bigint not null,
  token_expires_at bigint not null,
  spent_token_id text,
  spent_at bigint,
  ended_at bigint,
  end_reason text
);
create index if not exists dji_cloud_sessions_user on dji_cloud_sessions (user_id);
create index if not exists dji_cloud_sessions_workspace on dji_cloud_sessions (workspace_id);
create index if not exists dji_cloud_sessions_expiry on dji_cloud_sessions (expires_at);
create table if not exists dji_cloud_gateways (
  session_id text not null,
  credential_id text not null,
  gateway text not null,
  constraint dji_cloud_gateways_pkey primary key (session_id, credential_id)
);
create table if not exists dji_cloud_devices (
  serial text not null primary key,
  workspace_id text not null,
  model text,
  nickname text,
  bound_by text,
  bound_at bigint,
  last_seen_at bigint,
  gateway text,
  aircraft text
);
create index if not exists dji_cloud_devices_workspace on dji_cloud_devices (workspace_id);
create table if not exists dji_cloud_workspaces (
  id text not null primary key,
  name text not null,
  description text not null default ''
);
create table if not exists dji_cloud_users (
  id text not null primary key,
  username text not null unique,
  password_hash text not null,
  role text not null,
  workspace_id text not null,
  disabled integer not null default 0
);
