import { randomBytes } from "node:crypto";

import type { Methods, Properties } from "../remoteResource";
import { recovered, recoveryDue } from "./recovered";

async function passwordFrom({ recovery }: Properties): Promise<Properties> {
    const found = await recovered(recovery);
    return {
        text: found ?? randomBytes(24).toString("base64url"),
        recovered: found !== undefined,
    };
}

export const methods: Methods = {
    async diff(olds, news) {
        return { changes: recoveryDue(olds, news) };
    },
    async create(inputs) {
        return { id: "password", outs: await passwordFrom(inputs) };
    },
    async update(_id, _olds, news) {
        return passwordFrom(news);
    },
};
