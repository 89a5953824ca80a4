//! Registrations of demand on the chain: the same law for every instruction, so that tests of one need not tell them.

use firebreak::state::{shard_space, snapshot_space, MarginAccount, Row, ShardRow};
use firebreak_client::accounts::{decode_margin_account, decode_shard, decode_snapshot};
use firebreak_risk::units::UnixTime;
use solana_account::Account;

use crate::chain::{name_of, Chain};

/// Every shard counts what its accounts registered, in every group.
#[track_caller]
pub fn counted(chain: &Chain) {
    let accounts: Vec<Box<MarginAccount>> = of_kind(chain, "MarginAccount")
        .map(|data| decode_margin_account(data).expect("a margin account"))
        .collect();
    for snapshot in of_kind(chain, "RiskSnapshot").map(|data| decode_snapshot(data).expect("a snapshot")) {
        for shard in of_kind(chain, "ExposureShard").map(|data| decode_shard(data).expect("a shard")) {
            if shard.header.group != snapshot.header.group {
                continue;
            }
            for row in snapshot.rows.iter().filter(|row| row.is_market()) {
                let own = accounts.iter().filter(|account| {
                    account.group == snapshot.header.group && account.shard == shard.header.index
                });
                let positions = own.filter_map(|account| account.position_of(row.index));
                let sums = &shard.rows[usize::from(row.market_index)];
                firebreak_tests::demand::counted(sums, row, positions)
                    .unwrap_or_else(|breach| panic!("shard {}: {breach}", shard.header.index));
            }
        }
    }
}

fn of_kind<'a>(chain: &'a Chain, kind: &'a str) -> impl Iterator<Item = &'a [u8]> {
    chain.values().filter(move |account| name_of(account) == kind).map(|account| account.data.as_slice())
}

/// Takes all registrations and the sums of them off a chain.
pub fn blank(chain: &mut Chain) {
    for account in chain.values_mut() {
        match name_of(account) {
            "MarginAccount" => each(account, 8, |account: &mut MarginAccount| {
                let positions = account.positions.iter_mut();
                positions.for_each(|position| {
                    position.set_registration(None);
                    position.on_registered(UnixTime(0));
                });
            }),
            "ExposureShard" => each(account, shard_space(0), |row: &mut ShardRow| {
                row.demand_epoch = 0;
                row.demand_stale_units = [0; 2];
                row.demand_far_units = [0; 2];
                row.demand_units = [[0; 128]; 2];
            }),
            _ => {}
        }
    }
}

/// Takes the figures that a fold publishes, and the limits that follow from them, off a chain.
pub fn blank_figures(chain: &mut Chain) {
    let snapshots = chain.values_mut().filter(|account| name_of(account) == "RiskSnapshot");
    snapshots.for_each(|account| {
        each(account, snapshot_space(0), |row: &mut Row| {
            row.position_cap_atoms = [0; 2];
            row.maintenance_limit_ppm = [0; 2];
            for side in &mut row.sides {
                (side.demand_delta_atoms, side.demand_gamma_atoms) = (0, 0);
                (side.reproduction_ppm, side.cluster_bins) = (0, 0);
                (side.growth_cap_atoms, side.initial_factor_milli) = (0, 0);
            }
        });
    });
}

/// Changes every element of an account from an offset on.
fn each<T: bytemuck::Pod>(account: &mut Account, offset: usize, mut change: impl FnMut(&mut T)) {
    for bytes in account.data[offset..].chunks_exact_mut(size_of::<T>()) {
        let mut value: T = bytemuck::pod_read_unaligned(bytes);
        change(&mut value);
        bytes.copy_from_slice(bytemuck::bytes_of(&value));
    }
}
