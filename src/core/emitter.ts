import { EventEmitter } from 'node:events'
import type { CloudEmitter, CloudEventName, CloudEvents, CloudListener } from './events.ts'
import type { Logger } from './ports/logger.ts'
import { isThenable } from './promises.ts'

/** If a listener of the host throws, that is logged, and the other listeners still get the event. */
export function createEmitter(logger: Logger): CloudEmitter {
  const emitter = new EventEmitter().setMaxListeners(0)
  return {
    on<Name extends CloudEventName>(name: Name, listener: CloudListener<Name>) {
      const guarded = (event: CloudEvents[Name]): void => {
        try {
          const answer: unknown = listener(event)
          if (isThenable(answer))
            answer.then(undefined, (error: unknown) =>
              logger.error(
                { err: error, event: name },
                'A listener of an event failed. The other listeners got the event. See the error.',
              ),
            )
        } catch (error) {
          logger.error(
            { err: error, event: name },
            'A listener of an event failed. The other listeners got the event. See the error.',
          )
        }
      }
      emitter.on(name, guarded)
      return () => void emitter.off(name, guarded)
    },
    emit: (name, event) => void emitter.emit(name, event),
    emitOfPlugin: (name, event) => void emitter.emit(name, event),
    stoppable() {
      let isStopped = false
      return {
        emit: (name, event) => void (isStopped || emitter.emit(name, event)),
        stop() {
          isStopped = true
        },
      }
    },
  }
}
