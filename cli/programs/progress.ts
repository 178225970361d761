/** A duration for people: `38 s`, `4 min 51 s`. */
export function formatDuration(seconds: number): string {
    const whole = Math.round(seconds);
    return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** An expected duration, no more exact than it can be: `40 s`, `5 min`. */
export function formatExpectation(seconds: number): string {
    return seconds < 60 ? `${Math.ceil(seconds / 10) * 10} s` : `${Math.round(seconds / 60)} min`;
}
