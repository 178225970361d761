/** Levels, the quietest first; Fabric takes each in lower or in upper case. */
const LEVELS = ["fatal", "panic", "dpanic", "error", "warning", "warn", "info", "debug", "payload"];

/** Two more words from older versions mean levels, and are not offered. */
const LEVEL_WORDS = [...LEVELS, "notice", "critical"].flatMap((word) => [word, word.toUpperCase()]);

/**
 * What is wrong with a log specification, or nothing. A node does not start with a wrong one.
 *
 * @see https://github.com/hyperledger/fabric-lib-go/blob/v1.1.3/common/flogging/loggerlevels.go
 */
export function logSpecificationProblem(specification: string): string | undefined {
    const wrong = specification.split(":").find((part) => !isRight(part));
    return wrong === undefined
        ? undefined
        : `${JSON.stringify(specification)} is not a log specification: ${JSON.stringify(wrong)} is ` +
              'neither a level nor "logger=level"; write one such as "info:gossip=warning", with ' +
              `the levels ${LEVELS.join(", ")}`;
}

function isRight(part: string): boolean {
    const [level = "", loggers, ...more] = part.split("=").reverse();
    return (
        more.length === 0 &&
        LEVEL_WORDS.includes(level) &&
        (loggers === undefined || loggers.split(",").every(isLogger))
    );
}

/** A period at the end means this logger and none below it. */
function isLogger(name: string): boolean {
    return /^[\w#-]+(\.[\w#-]+)*\.?$/.test(name);
}
