import { randomBytes } from "node:crypto";

import { recovered } from "./recovered";
import type { Methods } from "../remoteMethods";

export const methods: Methods = {
    async create({ recovery }) {
        const text = (await recovered(recovery)) ?? randomBytes(24).toString("base64url");
        return { id: "password", outs: { text } };
    },
};
