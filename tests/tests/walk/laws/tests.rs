//! Tests of the laws: each of them notices the smallest thing that it forbids. A step is made up on two views of a real
//! chain, of which the second is edited by hand as no program would, and one law is asked about it.

mod accounts;
mod books;
mod committee;

use anchor_lang::{
    prelude::{Clock, Pubkey},
    solana_program::instruction::Instruction,
};
use bytemuck::Pod;
use firebreak::state::{
    shard_space, snapshot_space, InsuranceVault, MarginAccount, MarketLedger, Position, RiskSnapshot, Row,
    ShardRow,
};
use firebreak_client::{
    instructions::{
        apply_fill, approve_venue, refresh, AccountKeys, Fill, FillPlace, MakerLeg, OracleRow, Overlay,
    },
    pda,
};
use solana_account::WritableAccount;

use super::{Breach, Gifts, Law, Transition};
use crate::{call::Call, view::View, walk::Walk};

/// Lots that one keeper bought from the other, at the start price.
const LOTS: u64 = 500;
const LOT_ATOMS: u64 = 2_000_000;

/// A group in which one keeper is long and the other short.
struct Stage {
    walk: Walk,
    long: AccountKeys,
    short: AccountKeys,
    market: Pubkey,
    row: u16,
    place: FillPlace,
    /// When made-up steps happen.
    clock: Clock,
}

impl Stage {
    fn new() -> Self {
        let mut walk = Walk::new(1);
        let [long, short] = [0, 1].map(|index| AccountKeys::new(&walk.group, &walk.cast.keepers[index], 0));
        let market = pda::market(&walk.group, 0);
        let row = walk.view.market(&market).expect("a market").row;
        let venue = pda::venue(&walk.group, 0);
        let authority = walk.view.venue(&venue).expect("a venue").authority;
        let place = FillPlace { group: walk.group, venue, market, authority };
        let fill = fill_of(&long, &short);
        walk.send(apply_fill(&place, &fill).expect("one maker").into()).expect("a lawful fill");
        assert!(walk.view.margin(&long.margin_account).is_some_and(|account| !account.is_flat()));
        let clock = walk.world.svm.get_sysvar::<Clock>();
        Self { walk, long, short, market, row, place, clock }
    }

    /// What a law says about an instruction after which the chain is as edited.
    fn ask(&self, law: Law, instruction: &Instruction, edit: impl FnOnce(&mut View)) -> Result<(), Breach> {
        let before = &self.walk.view;
        let mut after = before.clone();
        edit(&mut after);
        let call = Call::of(instruction, self.walk.cast.payer);
        law(&Transition {
            before,
            after: &after,
            call: &call,
            clock: &self.clock,
            seen: Transition::rows(before, &self.walk.group),
            changes: View::changes(before, &after),
            gifts: &Gifts::new(),
        })
    }

    /// The law speaks up, in these words.
    #[track_caller]
    fn notices(&self, law: Law, instruction: &Instruction, words: &str, edit: impl FnOnce(&mut View)) {
        let breach = self.ask(law, instruction, edit).expect_err(words);
        assert!(breach.contains(words), "{breach}, not: {words}");
    }

    /// The law does not mind.
    #[track_caller]
    fn admits(&self, law: Law, instruction: &Instruction, edit: impl FnOnce(&mut View)) {
        self.ask(law, instruction, edit).expect("a lawful step");
    }

    fn refresh(&self) -> Instruction {
        refresh(&self.walk.group, &[OracleRow::from(&self.walk.rows()[usize::from(self.row)])])
    }

    fn fill(&self) -> Instruction {
        apply_fill(&self.place, &fill_of(&self.long, &self.short)).expect("one maker")
    }

    fn approval(&self) -> Instruction {
        approve_venue(&self.long, &self.place.venue, true)
    }

    /// Edits the market's row.
    fn edit_row(&self, view: &mut View, change: impl FnOnce(&mut Row)) {
        self.edit_row_of(view, self.row.into(), change);
    }

    /// Edits any row.
    fn edit_row_of(&self, view: &mut View, row: usize, change: impl FnOnce(&mut Row)) {
        let key = pda::snapshot(&self.walk.group);
        edit(view, &key, |header: &mut RiskSnapshot| header.sequence += 1);
        edit_at(view, &key, snapshot_space(row), change);
    }
}

/// The first keeper buys from the second.
fn fill_of(long: &AccountKeys, short: &AccountKeys) -> Fill {
    let leg =
        MakerLeg { margin_account: short.margin_account, lots: LOTS, price_atoms: LOT_ATOMS, fee_atoms: 0 };
    Fill {
        taker: long.margin_account,
        is_buyer: true,
        taker_fee_atoms: 0,
        makers: vec![leg],
        overlay: Overlay::none(),
    }
}

/// Edits an account behind its discriminator.
fn edit<T: Pod>(view: &mut View, key: &Pubkey, change: impl FnOnce(&mut T)) {
    edit_at(view, key, 8, change);
}

fn edit_at<T: Pod>(view: &mut View, key: &Pubkey, start: usize, change: impl FnOnce(&mut T)) {
    let mut account = view.entry(key).expect("an account").account.clone();
    let bytes = &mut account.data_as_mut_slice()[start..start + size_of::<T>()];
    let mut state: T = bytemuck::pod_read_unaligned(bytes);
    change(&mut state);
    bytes.copy_from_slice(bytemuck::bytes_of(&state));
    view.put(*key, account);
}

/// Edits a margin account, with the sequence that a program would raise.
fn edit_margin(view: &mut View, key: &Pubkey, change: impl FnOnce(&mut MarginAccount)) {
    edit(view, key, |account: &mut MarginAccount| {
        account.sequence += 1;
        change(account);
    });
}

/// Edits the first position of a margin account.
fn edit_position(view: &mut View, key: &Pubkey, change: impl FnOnce(&mut Position)) {
    edit_margin(view, key, |account| change(&mut account.positions[0]));
}

fn edit_shard_row(view: &mut View, shard: &Pubkey, change: impl FnOnce(&mut ShardRow)) {
    edit_at(view, shard, shard_space(0), change);
}

/// Moves tokens in a token account.
fn edit_tokens(view: &mut View, key: &Pubkey, atoms: i64) {
    edit_at(view, key, 64, |held: &mut u64| *held = held.wrapping_add_signed(atoms));
}

fn edit_ledger(view: &mut View, market: &Pubkey, change: impl FnOnce(&mut MarketLedger)) {
    edit(view, &pda::ledger(market), |ledger: &mut MarketLedger| {
        ledger.sequence += 1;
        change(ledger);
    });
}

fn edit_insurance(view: &mut View, group: &Pubkey, change: impl FnOnce(&mut InsuranceVault)) {
    edit(view, &pda::insurance(group), |insurance: &mut InsuranceVault| {
        insurance.sequence += 1;
        change(insurance);
    });
}
