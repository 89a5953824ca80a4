//! Sound accounts of the older programs, laid out by hand among noise: every byte that has no meaning is random.

use super::Random;

/// Writes bytes at an offset.
pub fn put(data: &mut [u8], offset: usize, bytes: &[u8]) {
    data[offset..offset + bytes.len()].copy_from_slice(bytes);
}

fn noise(len: usize) -> Vec<u8> {
    let mut data = vec![0; len];
    Random(len as u64).fill(&mut data);
    data
}

/// SOL/USD in a classic price account: 140.615937 +- 0.13793699 now, 139 +- 0.2 four seconds ago.
pub fn classic_account(len: usize) -> Vec<u8> {
    let mut data = noise(len);
    let fields: [(usize, &[u8]); 12] = [
        (0, &0xa1b2_c3d4u32.to_le_bytes()),
        (4, &2u32.to_le_bytes()),
        (8, &3u32.to_le_bytes()),
        (16, &[1]),
        (20, &(-8i32).to_le_bytes()),
        (96, &1_800_000_000i64.to_le_bytes()),
        (184, &13_900_000_000i64.to_le_bytes()),
        (192, &20_000_000u64.to_le_bytes()),
        (200, &1_799_999_996i64.to_le_bytes()),
        (208, &14_061_593_700i64.to_le_bytes()),
        (216, &13_793_699u64.to_le_bytes()),
        (224, &[1]),
    ];
    for (offset, bytes) in fields {
        put(&mut data, offset, bytes);
    }
    data
}

/// The same price in a Switchboard V2 aggregator that needs 3 oracles a round and got 3.
pub fn aggregator_account() -> Vec<u8> {
    let mut data = noise(3_851);
    let fields: [(usize, &[u8]); 9] = [
        (0, &[0xd9, 0xe6, 0x41, 0x65, 0xc9, 0xa2, 0x1b, 0x7d]),
        (236, &3u32.to_le_bytes()),
        (341, &3u32.to_le_bytes()),
        (358, &1_800_000_000i64.to_le_bytes()),
        (366, &14_061_593_700i128.to_le_bytes()),
        (382, &8u32.to_le_bytes()),
        (386, &13_793_699i128.to_le_bytes()),
        (402, &8u32.to_le_bytes()),
        (3_712, &[0]),
    ];
    for (offset, bytes) in fields {
        put(&mut data, offset, bytes);
    }
    data
}
