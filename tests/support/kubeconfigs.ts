import assert from "node:assert/strict";

import type { KubeConfig, User } from "@kubernetes/client-node";
import { kubeConfigOf } from "kubefabric/internal/clients/kubeconfig";
import { contextProblem } from "kubefabric/internal/clients/contextProblem";

/** PEM of something; the framing is right, the content says what it stands for. */
export function pem(label: string, content: string): string {
    const body = Buffer.from(content).toString("base64");
    return `-----BEGIN ${label}-----\n${body.replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
}

export const base64 = (text: string) => Buffer.from(text).toString("base64");

/** How the official client understands an `exec` entry. */
export interface Exec {
    apiVersion: string;
    command: string;
    args?: string[];
    installHint: string;
    interactiveMode: string;
    provideClusterInfo: boolean;
}

/** A kubeconfig as the official client reads it: its context, cluster and user. */
export function read(kubeconfig: string) {
    assert.equal(contextProblem({ kubeconfig }), undefined);
    const config: KubeConfig = kubeConfigOf({ kubeconfig });
    const cluster = config.getCurrentCluster();
    const user: User | null = config.getCurrentUser();
    assert.ok(cluster !== null && user !== null);
    return {
        context: config.getCurrentContext(),
        cluster,
        user,
        exec: user.exec as Exec | null | undefined,
    };
}

/** The problems that something is refused for; every line but the first. */
export function refusal(make: () => string): string[] {
    try {
        make();
    } catch (error) {
        assert.equal((error as Error).name, "InvalidKubeconfigParts");
        const [, ...lines] = (error as Error).message.split("\n");
        return lines.map((line) => line.trim());
    }
    return assert.fail("it was not refused");
}
