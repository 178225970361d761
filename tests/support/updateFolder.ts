import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { common } from "@hyperledger/fabric-protos";

import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { configTree } from "kubefabric/internal/fabric/configTree";
import { computeUpdate } from "kubefabric/internal/fabric/configUpdate";
import type { Signer } from "kubefabric/internal/fabric/signing";
import {
    newUpdateFile,
    readUpdateFile,
    type UpdateFile,
    writeUpdateFile,
} from "kubefabric/internal/fabric/updateFile";

import { later } from "../fabric/authorities.ts";
import { channelOf, type SigningOrg, signingOrgs } from "../fabric/signingOrgs.ts";
import type { Run } from "./check.ts";
import { configBlock } from "./configBlock.ts";

/** The command, as it is published. */
export const COMMAND = resolve(import.meta.dirname, "../../dist/cli/kubefabric.js");

/** A folder to run the command in. */
export class CommandFolder {
    readonly path = mkdtempSync(join(tmpdir(), "kubefabric-command-"));

    /** Key and certificate as files of this name. */
    writeSigner(name: string, { certificatePem, privateKeyPem }: Omit<Signer, "mspId">): void {
        this.write(`${name}.pem`, certificatePem);
        this.write(`${name}.key`, privateKeyPem);
    }

    write(name: string, content: string | Uint8Array): string {
        const path = join(this.path, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
        return path;
    }

    /** The file as it is now, which has to be right. */
    read(name = "update.json"): UpdateFile {
        return readUpdateFile(this.text(name));
    }

    text(name = "update.json"): string {
        return readFileSync(join(this.path, name), "utf8");
    }

    run(args: readonly string[], input = ""): Run {
        const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
            cwd: this.path,
            encoding: "utf8",
            input,
        });
        const lines = stdout.split("\n").filter((line) => line !== "");
        return { code: status, lines, output: stdout, notes: stderr };
    }

    remove(): void {
        rmSync(this.path, { recursive: true });
    }
}

/** A folder with the file of an update, the channel's config block, and the files of who signs. */
export class UpdateFolder extends CommandFolder {
    readonly orgs: SigningOrg[];
    readonly config: common.Config;
    /** Administrators: of the ordering organization, and of three with peers. */
    readonly admins: Signer[];

    private constructor(orgs: SigningOrg[], admins: Signer[]) {
        super();
        this.orgs = orgs;
        this.admins = admins;
        this.config = this.configOf(() => {});
        this.config.setSequence(4);
    }

    /** Organizations as of today, since the command looks at the clock. */
    static async make(): Promise<UpdateFolder> {
        const orgs = await signingOrgs(new Date());
        const folder = new UpdateFolder(
            orgs,
            await Promise.all(orgs.map((org) => org.signer("admin", `admin of ${org.mspId}`))),
        );
        folder.write("block.pb", configBlock(folder.config));
        folder.admins.forEach((admin) => folder.writeSigner(admin.mspId, admin));
        return folder;
    }

    configOf(change: (definition: ChannelDefinition) => unknown): common.Config {
        const config = new common.Config();
        config.setChannelGroup(configTree(channelOf(this.orgs, change)));
        return config;
    }

    updateTo(change: (definition: ChannelDefinition) => unknown): common.ConfigUpdate {
        return computeUpdate("raft-channel", this.config, this.configOf(change));
    }

    /** Writes a new file that nobody has signed; by default one that two of three have to sign. */
    writeUpdate(
        name = "update.json",
        {
            change = (definition: ChannelDefinition): unknown =>
                (definition.capabilities.application = "V2_0"),
            expires = later(7, new Date()),
        } = {},
    ): UpdateFile {
        const file = newUpdateFile(this.updateTo(change), { baseSequence: 4, expires });
        this.write(name, writeUpdateFile(file));
        return file;
    }

    /** Signs as an organization, with its administrator's key in a file, unless more says else. */
    sign(mspId: string, ...more: string[]): Run {
        const key = ["--key", `${mspId}.key`, "--certificate", `${mspId}.pem`];
        return this.run(["sign", "update.json", "--msp-id", mspId, ...key, "--yes", ...more]);
    }
}
