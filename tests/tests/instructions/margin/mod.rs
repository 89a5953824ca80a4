//! Margin accounts: opening, approving, depositing, withdrawing, settling and closing.

mod outflow;
mod rules;
mod settle;
mod token_2022;
mod tokens;

use firebreak::{
    constants::{self, LAYOUT_VERSION},
    events::{AccountClosed, AccountOpened, VenueApprovalSet},
    state::MarginAccount,
};
use firebreak_client::{
    instructions::{approve_venue, close_account, open_account},
    pda,
};
use solana_signer::Signer;

use crate::{
    chain::{edit, Chain},
    effect::{acts, clock, created, emits},
    stage::Stage,
    zeroed,
};
use anchor_lang::prelude::Pubkey;

/// A transaction on an account raises its sequence.
fn touched(chain: &mut Chain, account: &Pubkey, change: impl FnOnce(&mut MarginAccount)) {
    edit::<MarginAccount>(chain, account, |account| {
        account.sequence += 1;
        change(account);
    });
}

#[test]
fn an_account_is_opened_empty_in_the_shard_of_its_address() {
    let mut stage = Stage::calm();
    let (owner, payer) = (stage.payer(), stage.payer());
    let (world, group, key_of_owner) = (&mut stage.world, stage.casts[0].dora.keys.group, owner.pubkey());
    let before = [&owner, &payer].map(|key| world.svm.get_balance(&key.pubkey()));
    for index in [0u16, u16::MAX] {
        let key = pda::margin_account(&group, &owner.pubkey(), index);
        let instruction = open_account([&owner.pubkey(), &payer.pubkey()], &group, index);
        let meta = acts(world, instruction, &[&owner, &payer], |world, chain| {
            let seeds: [&[u8]; 4] =
                [constants::MARGIN, group.as_ref(), key_of_owner.as_ref(), &index.to_le_bytes()];
            let account = MarginAccount {
                group,
                owner: owner.pubkey(),
                sequence: 1,
                index,
                shard: key.to_bytes()[0] % 8,
                bump: Pubkey::find_program_address(&seeds, &firebreak::ID).1,
                version: LAYOUT_VERSION,
                ..zeroed()
            };
            created(world, chain, key, &account);
        });
        let shard = key.to_bytes()[0] % 8;
        let slot = clock(world).slot;
        emits(&meta, AccountOpened { group, margin_account: key, owner: owner.pubkey(), index, shard, slot });
    }
    // Only the payer pays: twice the rent of 8 + 3 040 bytes.
    let rent = world.svm.minimum_balance_for_rent_exemption(3_048);
    let after = [&owner, &payer].map(|key| world.svm.get_balance(&key.pubkey()));
    assert_eq!(after, [before[0], before[1].map(|lamports| lamports - 2 * rent)]);
}

#[test]
fn an_approval_is_one_bit_and_can_be_taken_back() {
    let mut stage = Stage::calm();
    let keys = stage.cast().dora.keys;
    let owner = stage.cast().dora.owner.insecure_clone();
    let world = &mut stage.world;
    let venue = pda::venue(&world.group, 1);
    // Opening was the first mutation, approving venue 0 the second.
    for (sequence, is_approved, approvals) in [(3, true, 0b11), (4, true, 0b11), (5, false, 0b01)] {
        let meta = acts(world, approve_venue(&keys, &venue, is_approved), &[&owner], |_, chain| {
            touched(chain, &keys.margin_account, |account| account.venue_approvals = approvals);
        });
        let margin_account = keys.margin_account;
        emits(&meta, VenueApprovalSet { margin_account, venue, is_approved, sequence });
    }
}

#[test]
fn closing_returns_the_rent_to_the_owner() {
    let mut stage = Stage::calm();
    let keys = stage.cast().dora.keys;
    let owner = stage.cast().dora.owner.insecure_clone();
    let world = &mut stage.world;
    let rent = world.svm.minimum_balance_for_rent_exemption(3_048);
    let before = world.svm.get_balance(&owner.pubkey()).unwrap_or_default();
    let meta = acts(world, close_account(&keys), &[&owner], |_, chain| {
        chain.remove(&keys.margin_account);
    });
    assert_eq!(world.svm.get_balance(&owner.pubkey()), Some(before + rent));
    let (group, margin_account) = (keys.group, keys.margin_account);
    emits(&meta, AccountClosed { group, margin_account, owner: owner.pubkey(), sequence: 2 });
    // The address can be used again, and remembers nothing.
    let payer = stage.payer();
    let world = &mut stage.world;
    world.must(&[open_account([&owner.pubkey(), &payer.pubkey()], &group, 0)], &[&owner, &payer]);
    let account = world.margin(&margin_account);
    assert_eq!((account.sequence, account.venue_approvals), (1, 0));
}
