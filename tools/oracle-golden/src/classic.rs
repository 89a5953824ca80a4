//! Pyth's classic price accounts, written and read by the official types.

use crate::vectors::{Said, Vector};
use anyhow::{ensure, Context, Result};
use bytemuck::Zeroable;
use pyth_sdk_solana::state::{
    load_price_account, AccountType, GenericPriceAccount, PriceAccountExt, PriceStatus, PriceType, MAGIC,
    VERSION_2,
};
use solana_program::pubkey::Pubkey;

/// One price with everything that belongs to it.
#[derive(Clone, Copy)]
struct Quote {
    price: i64,
    conf: u64,
    time: i64,
}

struct Case {
    name: &'static str,
    status: PriceStatus,
    expo: i32,
    now: Quote,
    before: Quote,
}

const NOW: i64 = 1_800_000_000;

/// Different statuses, exponents and prices; in both sizes where it says so.
pub fn vectors() -> Result<Vec<Vector>> {
    let sol = Quote { price: 14_061_593_700, conf: 13_793_699, time: NOW };
    let before = Quote { price: 13_900_000_000, conf: 20_000_000, time: NOW - 4 };
    let case = |name, status| Case { name, status, expo: -8, now: sol, before };
    let cases = [
        case("trading", PriceStatus::Trading),
        case("unknown", PriceStatus::Unknown),
        case("halted", PriceStatus::Halted),
        case("auction", PriceStatus::Auction),
        case("ignored", PriceStatus::Ignored),
        Case { expo: -5, ..case("five decimals", PriceStatus::Trading) },
        Case { expo: 3, ..case("thousands", PriceStatus::Trading) },
        Case { now: Quote { price: -37, ..sol }, ..case("negative", PriceStatus::Trading) },
        Case {
            now: Quote { price: i64::MAX, conf: u64::MAX, time: i64::MIN },
            before: Quote { price: i64::MIN, conf: 0, time: i64::MAX },
            ..case("ends of the numbers", PriceStatus::Trading)
        },
    ];
    let mut vectors = Vec::new();
    for case in &cases {
        vectors.push(vector::<32, ()>(case)?);
    }
    for (index, name) in [(0, "trading on Pythnet"), (2, "halted on Pythnet")] {
        vectors.push(Vector { name, ..vector::<128, PriceAccountExt>(&cases[index])? });
    }
    let sizes = (vectors[0].data.len(), vectors[9].data.len());
    ensure!(sizes == (3_312, 12_576), "sizes of the official types: {sizes:?}");
    Ok(vectors)
}

fn vector<const N: usize, T: Default + Copy + 'static>(case: &Case) -> Result<Vector> {
    // Zeroed and then written field by field, so that padding is zero too.
    let mut account: GenericPriceAccount<N, T> = Zeroable::zeroed();
    account.magic = MAGIC;
    account.ver = VERSION_2;
    account.atype = AccountType::Price as u32;
    account.size = 240 + 96;
    account.ptype = PriceType::Price;
    account.expo = case.expo;
    account.num = 1;
    account.num_qt = 1;
    (account.last_slot, account.valid_slot) = (300_000_002, 300_000_001);
    (account.ema_price.val, account.ema_conf.val) = (14_000_000_001, 3);
    account.timestamp = case.now.time;
    account.min_pub = 1;
    account.prev_slot = 300_000_000;
    (account.prev_price, account.prev_conf, account.prev_timestamp) =
        (case.before.price, case.before.conf, case.before.time);
    (account.agg.price, account.agg.conf) = (case.now.price, case.now.conf);
    account.agg.status = case.status;
    account.agg.pub_slot = 300_000_002;
    account.comp[0].publisher = Pubkey::new_from_array([9; 32]);
    (account.comp[0].agg.price, account.comp[0].latest.price) = (15_000_000_001, 15_000_000_002);
    let data = bytemuck::bytes_of(&account).to_vec();
    Ok(Vector { name: case.name, says: Some(read::<N, T>(&data)?), data })
}

/// What the official reader makes of the bytes.
fn read<const N: usize, T: Default + Copy + 'static>(data: &[u8]) -> Result<Said> {
    // It casts in place, so the bytes must be aligned as the type is.
    let mut aligned: GenericPriceAccount<N, T> = Zeroable::zeroed();
    bytemuck::bytes_of_mut(&mut aligned).copy_from_slice(data);
    let account = load_price_account::<N, T>(bytemuck::bytes_of(&aligned))
        .ok()
        .context("the official reader refuses")?;
    let price = account.to_price_feed(&Pubkey::default()).get_price_unchecked();
    Ok(Said {
        mantissa: price.price.into(),
        exponent: price.expo,
        confidence: price.conf.into(),
        confidence_exponent: price.expo,
        publish: price.publish_time,
    })
}
