/** Why a sleep ended. */
export type Wake = "change" | "tick" | "timeout" | "cancelled";

/** A wait that ends early: when something changed, when the time is up, when it is called off. */
export class Alarm {
    private readonly cancelled: AbortSignal;
    private readonly deadline: number;
    private changed = false;
    private wakeUp: (() => void) | undefined;

    constructor(cancelled: AbortSignal, seconds: number) {
        this.cancelled = cancelled;
        this.deadline = Date.now() + seconds * 1000;
    }

    /** Something changed: ends the sleep, or the next one at once. */
    ring(): void {
        this.changed = true;
        this.wakeUp?.();
    }

    async sleep(milliseconds: number): Promise<Wake> {
        const left = this.deadline - Date.now();
        if (!this.changed && !this.cancelled.aborted && left > 0) {
            await new Promise<void>((resolve) => {
                const timer = setTimeout(resolve, Math.min(milliseconds, left));
                this.wakeUp = () => {
                    clearTimeout(timer);
                    resolve();
                };
                this.cancelled.addEventListener("abort", this.wakeUp, { once: true });
            });
            if (this.wakeUp !== undefined) {
                this.cancelled.removeEventListener("abort", this.wakeUp);
                this.wakeUp = undefined;
            }
        }
        if (this.cancelled.aborted) {
            return "cancelled";
        }
        if (Date.now() >= this.deadline) {
            return "timeout";
        }
        const wake = this.changed ? "change" : "tick";
        this.changed = false;
        return wake;
    }
}
