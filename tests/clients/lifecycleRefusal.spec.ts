import assert from "node:assert/strict";

import {
    lifecycleFault,
    saysApproved,
    saysInstalled,
    saysNotApproved,
    saysNotInstalled,
} from "kubefabric/internal/clients/lifecycleRefusal";
import type { Signer } from "kubefabric/internal/fabric/signing";

import { makeAuthority, makeEnded, makeIdentity } from "../support/nodeIdentities.ts";

const WRAPPED = "failed to invoke backing implementation of 'SomeFunction': ";

describe("a refusal of a peer's lifecycle", () => {
    let signer: Signer;
    before(async () => {
        const ca = await makeAuthority("ca");
        const admin = await makeIdentity({ ca, commonName: "admin", profile: "signing" });
        signer = { mspId: "Org1MSP", ...admin };
    });

    const known: [said: string, advice: RegExp][] = [
        [
            "could not build chaincode: docker build failed: docker image inspection failed: Cannot connect to the Docker daemon at unix:///var/run/docker.sock",
            /type "ccaas", or a type that one of the peer's external builders/,
        ],
        [
            "could not build chaincode: docker build failed: platform builder failed: x",
            /type "ccaas"/,
        ],
        ["could not build chaincode: something else", /for what the build printed/],
        [
            "chaincode definition not agreed to by this org (Org1MSP)",
            /approve the definition for this organization first/,
        ],
        [
            "requested sequence is 3, but new definition must be sequence 2",
            /someone else has committed/,
        ],
        [
            "currently defined sequence 3 is larger than requested sequence 2",
            /read what is committed/,
        ],
        [
            "requested sequence is 0, but first definable sequence number is 1",
            /read what is committed/,
        ],
        [
            "error validating chaincode definition: invalid chaincode name '-'. Names can",
            /correct the name or the version/,
        ],
        [
            "error validating chaincode definition: the BlockToLive in an existing collection [a] modified. Existing value [0]",
            /correct the collections/,
        ],
        [
            "could not set defaults for chaincode definition in channel a: policy '/Channel/Application/Endorsement' must be defined for channel 'a' before chaincode operations can be attempted",
            /an endorsement policy of its own/,
        ],
        [
            "could not parse as a chaincode install package: error reading as gzip stream: gzip: invalid header",
            /chaincodePackage/,
        ],
        [
            "could not save cc install package: error writing chaincode install package: write: no space left on device",
            /volume is full/,
        ],
        ["something that nobody knows", /look at the peer's log/],
    ];
    for (const [said, advice] of known) {
        it(`says what to do about: ${said.slice(0, 70)}`, () => {
            const fault = lifecycleFault(WRAPPED + said, signer);
            assert.ok(fault.cause.includes(said), fault.cause);
            assert.doesNotMatch(fault.cause, /backing implementation/);
            assert.match(fault.advice, advice);
            assert.equal(fault.passing, false);
        });
    }

    it("looks into the certificate where the peer says no more than that it is refused", async () => {
        const denied =
            "Failed to authorize invocation due to failed ACL check: Failed verifying that proposal's creator satisfies local MSP principal";
        assert.match(
            lifecycleFault(denied, signer).cause,
            /the peer refuses the admin certificate of Org1MSP/,
        );
        const ca = await makeAuthority("ca");
        const ended = await makeEnded({ ca, commonName: "admin", profile: "signing" });
        const fault = lifecycleFault(denied, { mspId: "Org1MSP", ...ended });
        assert.match(fault.cause, /the admin certificate of Org1MSP ended on /);
        assert.equal(fault.advice, "renew it");
    });

    it("is told apart where it means that the work is done, or that there is nothing", () => {
        assert.ok(
            saysInstalled(`${WRAPPED}chaincode already successfully installed (package ID 'a:0')`),
        );
        assert.ok(saysNotInstalled(`${WRAPPED}could not find chaincode with package id 'a:0'`));
        assert.ok(saysNotInstalled("chaincode install package 'a:0' not found"));
        assert.ok(
            saysApproved(
                "attempted to redefine uncommitted sequence (2) for namespace a with unchanged content",
            ),
        );
        assert.ok(
            saysApproved(
                "attempted to redefine the current committed sequence (2) for namespace a",
            ),
        );
        const changed =
            "attempted to redefine the current committed sequence (2) for namespace a with different parameters: x";
        assert.ok(!saysApproved(changed));
        assert.ok(
            saysNotApproved(
                "could not fetch approved chaincode definition (name: 'a', sequence: '1')",
            ),
        );
        for (const says of [saysInstalled, saysNotInstalled, saysApproved, saysNotApproved]) {
            assert.ok(!says("something else"));
        }
    });
});
