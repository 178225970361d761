import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ContainerCluster } from "@pulumi/ibm/bin/containerCluster";
import type { ContainerVpcCluster } from "@pulumi/ibm/bin/containerVpcCluster";
import { getContainerClusterConfigOutput } from "@pulumi/ibm/bin/getContainerClusterConfig";
import * as pulumi from "@pulumi/pulumi";

import type { IksClusterArgs } from "./iksClusterArgs";
import { iksKubeconfig } from "./kubeconfig/iks";

/**
 * The kubeconfig of a cluster whose first node is there: with an administrator's certificate, because
 * a token lives for 20 minutes, which is less than a large update takes.
 *
 * IBM's provider also writes it to files, which nothing here reads: see `filesOfIbm`.
 */
export function iksKubeconfigOf(
    parent: pulumi.Resource,
    context: string,
    cluster: ContainerVpcCluster | ContainerCluster,
    { resourceGroupId, endpoint = "public" }: Pick<IksClusterArgs, "resourceGroupId" | "endpoint">,
): pulumi.Output<string> {
    const configuration = getContainerClusterConfigOutput(
        {
            clusterNameId: cluster.id,
            admin: true,
            configDir: filesOfIbm(),
            resourceGroupId,
            // The default endpoint, and no other word, is the public one.
            ...(endpoint === "public" ? {} : { endpointType: endpoint }),
        },
        { parent, dependsOn: [cluster] },
    );
    // The provider calls the key a secret, and the generated function does not say so.
    return pulumi
        .secret(configuration)
        .apply(({ host, caCertificate, adminCertificate, adminKey }) =>
            iksKubeconfig({ host, caCertificate, context, adminCertificate, adminKey }),
        );
}

/** Folders of this process, by stack. */
const folders = new Map<string, string>();

/**
 * Folder for the files of IBM's provider, an administrator's key among them: a temporary one of the
 * stack, for its owner only, which goes when the program ends. The provider would write to the home
 * directory, and to none that does not exist.
 */
function filesOfIbm(): string {
    const stack = `${pulumi.getProject()}-${pulumi.getStack()}`.replace(/[^\w.-]/g, "-");
    const known = folders.get(stack);
    if (known !== undefined) {
        return known;
    }
    const folder = mkdtempSync(join(tmpdir(), `kubefabric-${stack}-`));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    folders.set(stack, folder);
    return folder;
}
