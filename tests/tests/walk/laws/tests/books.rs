//! Conservation, indices and refusals.

use firebreak::{error::FirebreakError, state::RiskSnapshot};
use firebreak_client::{
    instructions::{fold, fund_insurance, resolve_bankruptcy, settle_pnl, withdraw, Overlay},
    pda,
};

use super::{
    edit, edit_insurance, edit_ledger, edit_margin, edit_position, edit_shard_row, edit_tokens, Stage,
};
use crate::{
    laws::{conservation, demand, judge_refusal, monotone, Refusal},
    view::View,
};

#[test]
fn an_untouched_chain_is_lawful() {
    let stage = Stage::new();
    // A change without consequence, so that the group is looked at.
    let touch = |view: &mut View| edit_margin(view, &stage.long.margin_account, |_| {});
    stage.admits(conservation::check, &stage.approval(), touch);
    stage.admits(monotone::check, &stage.approval(), touch);
}

#[test]
fn a_single_misplaced_atom_is_noticed() {
    let stage = Stage::new();
    let (group, quote) = (stage.walk.group, stage.walk.world.quote);
    let vault = pda::bank_vault(&pda::bank(&group, &quote.mint));
    let transfer = stage.walk.cast.transfer(&stage.long.owner, &quote, 1);
    let call = withdraw(&stage.long, &transfer, &Overlay::none());
    stage.notices(conservation::check, &call, "tokens per mint", |view| edit_tokens(view, &vault, -1));
    stage.notices(conservation::check, &call, "the audit finds", |view| {
        edit_tokens(view, &vault, -1);
        edit_tokens(view, &transfer.wallet, 1);
    });
    stage.notices(conservation::own, &call, "books", |view| {
        edit_tokens(view, &vault, -1);
        edit_tokens(view, &transfer.wallet, 1);
    });
    let insured = pda::insurance_vault(&pda::insurance(&group));
    stage.notices(conservation::own, &call, "the insurance holds", |view| {
        edit_tokens(view, &insured, -1);
        edit_tokens(view, &transfer.wallet, 1);
    });
    stage.notices(conservation::own, &call, "a difference of 281474976710656", |view| {
        edit_position(view, &stage.long.margin_account, |position| position.quote_atoms += 1);
    });
    stage.notices(conservation::own, &call, "a difference of 1", |view| {
        edit_ledger(view, &stage.market, |ledger| ledger.residue_q48[0] += 1);
    });
}

#[test]
fn a_single_misplaced_unit_of_base_is_noticed() {
    let stage = Stage::new();
    let call = stage.fill();
    stage.notices(conservation::own, &call, "add up to 1", |view| {
        edit_position(view, &stage.long.margin_account, |position| position.units += 1);
    });
    stage.notices(conservation::own, &call, "its accounts hold", |view| {
        // Both sides at once: the sum stays zero, and only the shards know.
        edit_position(view, &stage.long.margin_account, |position| position.units += 1);
        edit_position(view, &stage.short.margin_account, |position| position.units -= 1);
    });
    stage.notices(conservation::own, &call, "its accounts hold", |view| {
        // From one shard to another: the sum over all shards stays right.
        let shards = pda::exposures(&stage.walk.group);
        edit_shard_row(view, &shards[0], |row| row.open_interest_units[0] += 7);
        edit_shard_row(view, &shards[1], |row| {
            row.open_interest_units[0] = row.open_interest_units[0].wrapping_sub(7);
        });
    });
}

#[test]
fn a_mark_or_a_share_too_many_is_noticed() {
    let stage = Stage::new();
    let call = stage.refresh();
    stage.notices(conservation::own, &call, "bankrupt positions", |view| {
        edit_ledger(view, &stage.market, |ledger| ledger.bankrupt_count += 1);
    });
    stage.notices(conservation::own, &call, "shares of", |view| {
        edit_insurance(view, &stage.walk.group, |insurance| insurance.share_count += 1);
    });
}

#[test]
fn a_sequence_that_stays_or_falls_is_noticed() {
    let stage = Stage::new();
    stage.notices(monotone::check, &stage.refresh(), "changed at sequence", |view| {
        let key = pda::snapshot(&stage.walk.group);
        edit(view, &key, |header: &mut RiskSnapshot| header.updated_ts += 1);
    });
}

#[test]
fn indices_that_move_without_a_reason_are_noticed() {
    let stage = Stage::new();
    let group = stage.walk.group;
    let settle = settle_pnl([&group, &stage.market], &stage.long.margin_account, &Overlay::none());
    let fold = fold([&group, &stage.market], &[], false);
    let resolve =
        resolve_bankruptcy(&group, &stage.long.margin_account, &[stage.market], &stage.walk.world.quote);
    let law = monotone::check;
    stage.notices(law, &settle, "settle_pnl moved the sides", |view| {
        stage.edit_row(view, |row| row.sides[0].earned[0] += 1);
    });
    stage.notices(law, &fold, "funding moved the sides by [1, 0]", |view| {
        stage.edit_row(view, |row| row.sides[0].earned[0] += 1);
    });
    stage.notices(law, &fold, "is the largest", |view| {
        stage.edit_row(view, |row| row.sides.iter_mut().for_each(|side| side.earned[0] += 1 << 60));
    });
    // Longs gain when their index rises, and a loss makes nobody richer.
    stage.notices(law, &resolve, "a loss moved the sides by [1, 0]", |view| {
        stage.edit_row(view, |row| row.sides[0].earned[0] += 1);
    });
    stage.admits(law, &resolve, |view| stage.edit_row(view, |row| row.sides[1].earned[0] += 1));
    stage.notices(law, &fold, "fold moved the haircut", |view| {
        stage.edit_row(view, |row| row.haircut_q48 -= 1)
    });
    stage.notices(law, &resolve, "the haircut went from", |view| {
        stage.edit_row(view, |row| row.haircut_q48 += 1)
    });
    stage.admits(law, &resolve, |view| stage.edit_row(view, |row| row.haircut_q48 -= 1));
    stage.notices(law, &stage.refresh(), "primary_publish_ts fell", |view| {
        stage.edit_row(view, |row| row.primary_publish_ts -= 1);
    });
}

#[test]
fn totals_that_fall_and_shares_that_lose_value_are_noticed() {
    let stage = Stage::new();
    let group = stage.walk.group;
    let law = monotone::check;
    stage.notices(law, &stage.refresh(), "fold_sequence fell", |view| {
        edit_ledger(view, &stage.market, |ledger| ledger.fold_sequence -= 1);
    });
    let transfer = stage.walk.cast.transfer(&stage.long.owner, &stage.walk.world.quote, 1);
    let fund = fund_insurance(&stage.long.owner, &group, &transfer);
    stage.notices(law, &fund, "the value of a share fell", |view| {
        edit_insurance(view, &group, |insurance| insurance.balance_atoms -= 1);
    });
    stage.notices(law, &fund, "the value of a share fell", |view| {
        edit_insurance(view, &group, |insurance| insurance.share_count += 1);
    });
}

#[test]
fn a_refusal_without_a_reason_or_with_a_change_is_noticed() {
    let stage = Stage::new();
    let before = &stage.walk.view;
    let mut changed = before.clone();
    edit_position(&mut changed, &stage.long.margin_account, |position| position.quote_atoms += 1);
    let judged = |after: &View, error: &str, is_forged: bool| {
        judge_refusal(&Refusal { before, after, error, is_forged })
    };
    let custom = |error: FirebreakError| format!("InstructionError(0, Custom({}))", u32::from(error));
    let refused = custom(FirebreakError::StaleRow);
    assert_eq!(judged(before, &refused, false), Ok(()));
    assert!(judged(&changed, &refused, false).is_err_and(|breach| breach.contains("changed")));
    for error in
        [FirebreakError::MathOverflow, FirebreakError::ShardInconsistent, FirebreakError::VaultMismatch]
    {
        assert!(judged(before, &custom(error), true).is_err(), "{error:?} of an outsider");
    }
    assert!(judged(before, &custom(FirebreakError::ShardMalformed), false).is_err());
    assert_eq!(judged(before, &custom(FirebreakError::ShardMalformed), true), Ok(()));
    assert!(judged(before, "InstructionError(0, ProgramFailedToComplete)", true).is_err());
    assert!(judged(before, "InstructionError(0, Custom(2006))", false).is_err(), "Anchor's own, of an owner");
    assert_eq!(judged(before, "InstructionError(0, Custom(2006))", true), Ok(()));
}

#[test]
fn a_registration_that_is_missing_moved_or_wrong_is_noticed() {
    let stage = Stage::new();
    let (long, call) = (stage.long.margin_account, stage.fill());
    let shard = pda::exposure_of(&stage.walk.group, &long);
    let now = u32::try_from(stage.clock.unix_timestamp).expect("a time");
    stage.admits(demand::check, &call, |view| edit_position(view, &long, |p| p.registered_ts = now));
    stage.notices(demand::check, &call, "a shard counts", |view| {
        edit_shard_row(view, &shard, |row| row.demand_far_units[0] += 1);
    });
    stage.notices(demand::check, &call, "a shard counts", |view| {
        edit_position(view, &long, |position| position.is_registered_far ^= 1);
    });
    stage.notices(demand::check, &call, "units are registered as", |view| {
        edit_position(view, &long, |position| position.registered_units -= 1);
    });
    stage.notices(demand::check, &call, "s ago", |view| {
        edit_position(view, &long, |position| position.registered_ts = now - 1);
    });
    // Cash that is gone brings the trigger nearer: a registration that does not say so is wrong.
    stage.notices(demand::check, &call, "triggered", |view| {
        edit_margin(view, &long, |account| {
            account.positions[0].registered_ts = now;
            account.collaterals[0].atoms = 0;
        });
    });
}
