import assert from "node:assert/strict";

import { COUCHDB_PORT, ORDERER_PORTS, PEER_PORTS } from "kubefabric/internal/fabric/ports";

describe("ports", () => {
    it("do not meet within one Pod", () => {
        const pods = [Object.values(ORDERER_PORTS), [...Object.values(PEER_PORTS), COUCHDB_PORT]];
        for (const ports of pods) {
            assert.equal(new Set<number>(ports).size, ports.length);
        }
    });
});
