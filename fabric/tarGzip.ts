import { crc32 } from "node:zlib";

import { Header } from "tar/header";

/** A file of an archive. */
export interface ArchiveFile {
    /** With "/" between folders, relative to the archive's root. */
    path: string;
    content: Uint8Array;
}

/** Size of everything in a tar: headers, and contents filled up. */
const TAR_BLOCK_BYTES = 512;

/** The largest piece that gzip stores as it is (RFC 1951, section 3.2.4). */
const STORED_BLOCK_BYTES = 0xffff;

/** Gzip, deflate, no flags, no time, no hint of how it was compressed, unknown system (RFC 1952). */
const GZIP_HEADER = Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * A `.tar.gz` that is the same to the byte wherever and whenever it is made of the same files: sorted by
 * their paths, one mode, no owner, no time.
 *
 * Nothing is compressed. What a compressor makes of some bytes depends on its version, and in Node.js on
 * the processor too, while the hash of this archive is the name under which every organization approves
 * it. Even level 0 of zlib cuts the bytes as its buffers happen to be, so the pieces are cut here.
 */
export function tarGzip(files: readonly ArchiveFile[]): Uint8Array {
    return gzipStored(tar(files));
}

/** What is wrong with the path of a file in an archive, or nothing. */
export function archivePathProblem(path: string): string | undefined {
    const shown = JSON.stringify(path);
    if (path === "" || path.split("/").some((part) => ["", ".", ".."].includes(part))) {
        return `${shown} is no path inside of the package; write it relative to its root, without "." and ".."`;
    }
    if (!/^[\x20-\x7e]+$/.test(path) || path.includes("\\")) {
        return `${shown} has characters that not every system reads the same; rename the file to plain ASCII with "/" between folders`;
    }
    return headerOf(path, 0) === undefined
        ? `${shown} is longer than a tar can say (100 characters for the file, 155 for its folder); shorten it`
        : undefined;
}

function tar(files: readonly ArchiveFile[]): Buffer {
    const parts = [...files]
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .flatMap(({ path, content }) => {
            const header = headerOf(path, content.length);
            if (header === undefined) {
                throw new Error(archivePathProblem(path));
            }
            return [header, content, Buffer.alloc(-content.length & (TAR_BLOCK_BYTES - 1))];
        });
    return Buffer.concat([...parts, Buffer.alloc(2 * TAR_BLOCK_BYTES)]);
}

/** The header of a file; nothing where its path does not fit into one. */
function headerOf(path: string, size: number): Buffer | undefined {
    const block = Buffer.alloc(TAR_BLOCK_BYTES);
    const header = new Header({
        path,
        size,
        type: "File",
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime: new Date(0),
        devmaj: 0,
        devmin: 0,
        uname: "",
        gname: "",
    });
    return header.encode(block) ? undefined : block;
}

function gzipStored(bytes: Uint8Array): Buffer {
    const parts: Uint8Array[] = [GZIP_HEADER];
    for (let at = 0; at < bytes.length; at += STORED_BLOCK_BYTES) {
        const piece = bytes.subarray(at, at + STORED_BLOCK_BYTES);
        const head = Buffer.alloc(5);
        head.writeUInt8(at + piece.length === bytes.length ? 1 : 0, 0);
        head.writeUInt16LE(piece.length, 1);
        head.writeUInt16LE(~piece.length & 0xffff, 3);
        parts.push(head, piece);
    }
    const end = Buffer.alloc(8);
    end.writeUInt32LE(crc32(bytes), 0);
    end.writeUInt32LE(bytes.length, 4);
    return Buffer.concat([...parts, end]);
}
