import { calling, type PeerAccess } from "kubefabric/internal/clients/peerAdmin";
import type { BroadcastAccess } from "kubefabric/internal/clients/ordererBroadcast";
import { submit } from "kubefabric/internal/clients/transaction";
import { signedProposal } from "kubefabric/internal/fabric/signing";

/** A call of a chaincode of a channel. */
export interface ContractCall {
    channelId: string;
    chaincode: string;
    args: readonly string[];
}

const proposalOf = ({ signer }: PeerAccess, call: ContractCall) =>
    signedProposal({ ...call, type: "ENDORSER_TRANSACTION", signer, now: new Date() });

/** What a peer's chaincode answers, or refuses with. */
export async function evaluate(access: PeerAccess, call: ContractCall): Promise<string> {
    const answer = await calling(access, ({ endorse }) =>
        endorse(proposalOf(access, call), `call ${call.chaincode}`),
    );
    const response = answer.getResponse();
    if (response?.getStatus() !== 200) {
        throw new Error(response?.getMessage());
    }
    return Buffer.from(response.getPayload_asU8()).toString("utf8");
}

/** Has peers endorse a call, the first of them see it committed. */
export async function invoke(
    peers: readonly [PeerAccess, ...PeerAccess[]],
    orderers: readonly BroadcastAccess[],
    call: ContractCall,
): Promise<void> {
    const attempted = `call ${call.chaincode}`;
    const proposal = proposalOf(peers[0], call);
    const answers = await Promise.all(
        peers.map((access) => calling(access, ({ endorse }) => endorse(proposal, attempted))),
    );
    const refused = answers.find((answer) => answer.getResponse()?.getStatus() !== 200);
    if (refused !== undefined) {
        throw new Error(refused.getResponse()?.getMessage());
    }
    const { channelId } = call;
    await calling(peers[0], (called) =>
        submit(called, proposal, answers, { channelId, orderers, attempted }),
    );
}
