import {
    Context,
    Contract,
    Info,
    Object,
    Property,
    Returns,
    Transaction,
} from "fabric-contract-api";

/** Collection of what organizations keep between themselves. */
const PRICES = "prices";

/** Something that an organization owns. */
@Object()
export class Asset {
    @Property()
    id: string = "";

    @Property()
    description: string = "";

    /** MSP ID of the organization that owns it. */
    @Property()
    owner: string = "";
}

/**
 * Assets that organizations own and transfer to each other. Only the owner's members transfer an asset, or
 * name its price, which the collection's members alone come to know.
 */
@Info({ title: "AssetTransfer", description: "Assets that organizations own and transfer" })
export class AssetTransfer extends Contract {
    /** Makes an asset of the caller's organization; event `AssetCreated`. */
    @Transaction()
    @Returns("Asset")
    async createAsset(ctx: Context, id: string, description: string): Promise<Asset> {
        if (id === "") {
            throw new Error("an asset needs an ID");
        }
        if (await this.assetExists(ctx, id)) {
            throw new Error(`asset ${id} exists already`);
        }
        const owner = ctx.clientIdentity.getMSPID();
        return keep(ctx, { id, description, owner }, "AssetCreated");
    }

    @Transaction(false)
    @Returns("Asset")
    async readAsset(ctx: Context, id: string): Promise<Asset> {
        const state = await ctx.stub.getState(id);
        if (state.length === 0) {
            throw new Error(`asset ${id} does not exist`);
        }
        return JSON.parse(Buffer.from(state).toString()) as Asset;
    }

    @Transaction(false)
    @Returns("boolean")
    async assetExists(ctx: Context, id: string): Promise<boolean> {
        return (await ctx.stub.getState(id)).length > 0;
    }

    /** All assets, by ID. */
    @Transaction(false)
    @Returns("Asset[]")
    async listAssets(ctx: Context): Promise<Asset[]> {
        const assets: Asset[] = [];
        for await (const { value } of ctx.stub.getStateByRange("", "")) {
            assets.push(JSON.parse(Buffer.from(value).toString()) as Asset);
        }
        return assets;
    }

    /** Gives an asset to another organization; event `AssetTransferred`. */
    @Transaction()
    @Returns("Asset")
    async transferAsset(ctx: Context, id: string, owner: string): Promise<Asset> {
        const asset = await this.ownAsset(ctx, id);
        return keep(ctx, { ...asset, owner }, "AssetTransferred");
    }

    /**
     * Names the price of an asset. It is in the transient field `price`, as no ledger keeps that, and nobody
     * beyond the collection sees it.
     */
    @Transaction()
    async setPrice(ctx: Context, id: string): Promise<void> {
        await this.ownAsset(ctx, id);
        const price = ctx.stub.getTransient().get("price");
        if (price === undefined || !/^\d+$/.test(Buffer.from(price).toString())) {
            throw new Error("the transient field price is missing, or no whole number");
        }
        await ctx.stub.putPrivateData(PRICES, id, price);
    }

    /** The price of an asset; only members of the collection may ask. */
    @Transaction(false)
    @Returns("string")
    async readPrice(ctx: Context, id: string): Promise<string> {
        const price = await ctx.stub.getPrivateData(PRICES, id);
        if (price.length === 0) {
            throw new Error(`asset ${id} has no price`);
        }
        return Buffer.from(price).toString();
    }

    private async ownAsset(ctx: Context, id: string): Promise<Asset> {
        const asset = await this.readAsset(ctx, id);
        const caller = ctx.clientIdentity.getMSPID();
        if (asset.owner !== caller) {
            throw new Error(
                `asset ${id} belongs to ${asset.owner}, and ${caller} is not its owner`,
            );
        }
        return asset;
    }
}

/** Every peer must write the same bytes: the fields have one order. */
async function keep(ctx: Context, asset: Asset, event: string): Promise<Asset> {
    const { id, description, owner } = asset;
    const kept: Asset = { id, description, owner };
    const bytes = Buffer.from(JSON.stringify(kept));
    await ctx.stub.putState(id, bytes);
    ctx.stub.setEvent(event, bytes);
    return kept;
}
