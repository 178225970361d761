/** What a command that signs may get: the bytes, which it hashes itself, or their SHA-256. */
export const SIGN_INPUTS = ["bytes", "digest"] as const;

export type SignInput = (typeof SIGN_INPUTS)[number];

export const SHOW_FORMATS = ["text", "json"] as const;

/** Options that say who signs, and with what. */
export interface SignerOptions {
    mspId: string;
    /** Folder of an MSP, with certificate and key. */
    msp?: string;
    certificate?: string;
    key?: string;
    /** Command that signs, for keys that are no files. */
    signCommand?: string;
    /** What the command gets on its standard input. */
    signInput?: SignInput;
}

/** Options of `kubefabric sign`. */
export interface SignOptions extends SignerOptions {
    /** File with the channel's last config block. */
    configBlock?: string;
    /** The answer to the question whether to sign. */
    yes?: boolean;
}

/** Options of `kubefabric show`. */
export interface ShowOptions {
    /** File with the channel's last config block. */
    configBlock?: string;
    format: (typeof SHOW_FORMATS)[number];
}
