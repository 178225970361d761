import { ApiException } from "@kubernetes/client-node";

/** What the API server answers; nothing where it says that there is no such object. */
export async function found<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof ApiException && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}
