/** A test that somebody who has installed the package writes for a program of theirs. */
import { ExistingCluster, FabricOrg } from "kubefabric";
import { record } from "kubefabric/testing";

const KUBECONFIG = `kind: Config
users: [{name: test, user: {}}]
clusters: [{name: test, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
`;

void record(() => {
    const cluster = new ExistingCluster("cluster", { kubeconfig: KUBECONFIG });
    new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
}).then(({ resources }) => {
    console.log(JSON.stringify(resources.map(({ type, name }) => `${type} ${name}`)));
});
