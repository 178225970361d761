/**
 * Label of a Pod that its node's Service leads to, with the value `"true"`. A rollout takes it off
 * before it deletes the Pod.
 *
 * A node has one Pod. While that one ends, Kubernetes goes on leading to it, because the Service has
 * no other; and whoever dials the address in the moment after the process ended, when nothing answers
 * for it any more, hangs there for 20 s. For the leader of a Raft channel that is fatal: Fabric dials
 * in the loop that sends heartbeats, so all followers lose it. A Service without a Pod refuses at once.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#terminating-endpoints
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/common/cluster/remotecontext.go#L45
 */
export const IN_SERVICE_LABEL = "kubefabric.io/in-service";
