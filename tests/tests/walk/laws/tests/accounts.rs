//! Who may do what to whose account.

use anchor_lang::prelude::Pubkey;
use firebreak::state::{Collateral, Group, InsuranceStake, MarginAccount, Position, RiskSnapshot, Venue};
use firebreak_client::{
    instructions::{
        close_account, deposit, freeze_venue, liquidate, liquidate_collateral, open_account,
        resolve_bankruptcy, set_authorities, settle_pnl, unstake, update_market, withdraw, AccountKeys,
        ConversionTarget, Overlay, Payout, StakeKeys, Target,
    },
    pda,
};

use super::{
    edit, edit_insurance, edit_ledger, edit_margin, edit_position, edit_tokens, Stage, LOTS, LOT_ATOMS,
};
use crate::laws::{authority, exits, exposure, roles};
use crate::view::View;

/// Half of the position, in units.
const HALF: i64 = (LOTS as i64 / 2) << 16;

fn takeover(stage: &Stage) -> anchor_lang::solana_program::instruction::Instruction {
    let target = Target { market: stage.market, liquidatee: stage.long.margin_account, lots_max: u64::MAX };
    liquidate(&stage.short, &target, &Overlay::none())
}

#[test]
fn a_write_by_an_instruction_that_has_no_business_there_is_noticed() {
    let stage = Stage::new();
    stage.notices(authority::check, &stage.refresh(), "refresh changed Margin", |view| {
        edit_margin(view, &stage.long.margin_account, |account| account.venue_approvals = 0);
    });
    stage.notices(authority::check, &stage.fill(), "apply_fill changed Snapshot", |view| {
        stage.edit_row(view, |row| row.price_q32 += 1);
    });
}

#[test]
fn a_missing_signature_is_noticed() {
    let stage = Stage::new();
    let unsigned = |mut instruction: anchor_lang::solana_program::instruction::Instruction| {
        instruction.accounts.iter_mut().for_each(|meta| meta.is_signer = false);
        instruction
    };
    let approves = |view: &mut View| {
        edit_margin(view, &stage.long.margin_account, |account| account.venue_approvals = 0);
    };
    stage.admits(authority::check, &stage.approval(), approves);
    stage.notices(authority::check, &unsigned(stage.approval()), "without the signature", approves);
    let fills = |view: &mut View| {
        edit_position(view, &stage.long.margin_account, |position| position.units += 1);
    };
    stage.admits(authority::check, &stage.fill(), fills);
    stage.notices(authority::check, &unsigned(stage.fill()), "without the signature", fills);
    let args = firebreak::instructions::AuthoritiesArgs {
        guardian: Pubkey::default(),
        proposed_admin: Pubkey::default(),
    };
    let admin = stage.walk.cast.outsiders[0];
    let appoint = set_authorities(&admin, &stage.walk.group, args);
    stage.notices(authority::check, &appoint, "without the signature", |view| {
        edit(view, &stage.walk.group, |group: &mut Group| group.guardian = admin);
    });
}

#[test]
fn tokens_that_leave_a_stranger_are_noticed() {
    let stage = Stage::new();
    let quote = stage.walk.world.quote;
    let [own, other] =
        [&stage.long.owner, &stage.short.owner].map(|owner| stage.walk.cast.transfer(owner, &quote, 1));
    let call = deposit(&stage.long.owner, &stage.long, &own);
    stage.admits(authority::check, &call, |view| edit_tokens(view, &own.wallet, -1));
    stage.notices(authority::check, &call, "took tokens", |view| edit_tokens(view, &other.wallet, -1));
    let vault = pda::bank_vault(&pda::bank(&stage.walk.group, &quote.mint));
    stage.notices(authority::check, &call, "took tokens", |view| edit_tokens(view, &vault, -1));
}

#[test]
fn a_guardian_that_loosens_is_noticed() {
    let mut stage = Stage::new();
    let guardian = stage.walk.cast.guardians[0];
    let mut view = stage.walk.view.clone();
    edit(&mut view, &stage.walk.group, |group: &mut Group| group.guardian = guardian);
    edit(&mut view, &stage.place.venue, |venue: &mut Venue| venue.is_frozen = 1);
    stage.walk.view = view;
    let group = stage.walk.group;
    let market = *stage.walk.view.market(&stage.market).expect("a market");
    let row = stage.walk.rows()[usize::from(stage.row)];
    let params = firebreak::instructions::MarketParams::read(&market, &row);
    let update = update_market([&guardian, &group], &stage.market, params);
    stage.admits(authority::check, &update, |view| stage.edit_row(view, |row| row.initial_ppm += 1));
    stage.notices(authority::check, &update, "the guardian loosened", |view| {
        stage.edit_row(view, |row| row.initial_ppm -= 1);
    });
    let thaw = freeze_venue([&guardian, &group], &stage.place.venue, false);
    stage.notices(authority::check, &thaw, "the guardian thawed", |view| {
        edit(view, &stage.place.venue, |venue: &mut Venue| venue.is_frozen = 0);
    });
}

#[test]
fn a_bystander_that_changes_is_noticed() {
    let stage = Stage::new();
    let bystander = AccountKeys::new(&stage.walk.group, &stage.walk.cast.owners[0], 0).margin_account;
    for call in [stage.fill(), takeover(&stage), stage.approval()] {
        stage.notices(roles::check, &call, "a bystander changed", |view| {
            edit_margin(view, &bystander, |_| {})
        });
    }
    // What somebody is owed may change with an index only where funding or a loss is divided.
    stage.notices(roles::check, &stage.refresh(), "changed what", |view| {
        stage.edit_row(view, |row| row.sides[0].earned[0] += 1);
    });
}

#[test]
fn a_healthy_account_that_is_touched_is_noticed() {
    let stage = Stage::new();
    let call = takeover(&stage);
    stage.notices(roles::check, &call, "it was healthy", |view| {
        edit_position(view, &stage.long.margin_account, |position| position.units -= HALF);
    });
    stage.notices(roles::check, &call, "the clock of a healthy account started", |view| {
        edit_margin(view, &stage.long.margin_account, |account| account.liquidation_started_ts = 1);
    });
    let target = ConversionTarget {
        mint: stage.walk.world.token.mint,
        liquidatee: stage.long.margin_account,
        atoms_max: 1,
    };
    let convert = liquidate_collateral(&stage.short, &target, &Overlay::none());
    stage.notices(roles::check, &convert, "it was healthy", |view| {
        edit_margin(view, &stage.long.margin_account, |account| account.collaterals[0].atoms += 1);
    });
    stage.notices(roles::check, &convert, "equity fell", |view| {
        edit_margin(view, &stage.long.margin_account, |account| account.collaterals[0].atoms -= 1_000);
    });
    let resolve = resolve_bankruptcy(
        &stage.walk.group,
        &stage.long.margin_account,
        &[stage.market],
        &stage.walk.world.quote,
    );
    stage.notices(roles::check, &resolve, "it still held base", |view| {
        edit_position(view, &stage.long.margin_account, |position| position.quote_atoms += 1);
    });
}

#[test]
fn a_solvent_account_that_is_declared_bankrupt_is_noticed() {
    let mut stage = Stage::new();
    let (group, quote) = (stage.walk.group, stage.walk.world.quote);
    let long = stage.long.margin_account;
    let resolve = resolve_bankruptcy(&group, &long, &[stage.market], &quote);
    let mut view = stage.walk.view.clone();
    edit_margin(&mut view, &long, |account| {
        account.collateral_count = 1;
        account.positions[0] = Position { units: 0, quote_atoms: -7, ..account.positions[0] };
    });
    edit_margin(&mut view, &long, |account| {
        account.collaterals[0] = Collateral { atoms: 7, ..Default::default() }
    });
    stage.walk.view = view.clone();
    let pays = |view: &mut View| {
        edit_position(view, &long, |position| position.quote_atoms += 1);
    };
    stage.notices(roles::check, &resolve, "it was solvent by 0", pays);
    edit_margin(&mut view, &long, |account| account.collaterals[0].atoms = 6);
    stage.walk.view = view;
    stage.admits(roles::check, &resolve, pays);
    stage.notices(roles::check, &resolve, "gained beyond its debts", |view| {
        edit_position(view, &long, |position| position.quote_atoms += 8);
    });
}

#[test]
fn a_takeover_at_a_bad_price_is_noticed() {
    let mut stage = Stage::new();
    let [long, short] = [stage.long.margin_account, stage.short.margin_account];
    let mut view = stage.walk.view.clone();
    // An account in distress: a position, and hardly anything behind it.
    edit_margin(&mut view, &long, |account| {
        account.collateral_count = 1;
        account.collaterals[0] = Collateral { atoms: 10, ..Default::default() };
        account.liquidation_started_ts = 1;
    });
    stage.walk.view = view;
    let half = i64::try_from(LOTS * LOT_ATOMS / 2).expect("few lots");
    let trade = |paid: i64, received: i64| {
        move |view: &mut View| {
            edit_position(view, &long, |position| {
                position.units -= HALF;
                position.quote_atoms += received;
            });
            edit_position(view, &short, |position| {
                position.units += HALF;
                position.quote_atoms -= paid;
            });
        }
    };
    let call = takeover(&stage);
    stage.admits(roles::check, &call, trade(half, half));
    // Two per cent is the largest discount.
    stage.admits(roles::check, &call, trade(half - half / 50, half - half / 50));
    let worse = half - half / 49;
    stage.notices(roles::check, &call, "is the most", trade(worse, worse));
    stage.notices(roles::check, &call, "a takeover lost", trade(half, half - 10));
    stage.notices(roles::check, &call, "its units went", |view| {
        edit_position(view, &long, |position| position.units = -1);
    });
}

#[test]
fn a_part_that_exceeds_its_purpose_is_noticed() {
    let stage = Stage::new();
    let (long, quote) = (stage.long.margin_account, stage.walk.world.quote);
    let settle = settle_pnl([&stage.walk.group, &stage.market], &long, &Overlay::none());
    stage.notices(roles::check, &settle, "its units went", |view| {
        edit_position(view, &long, |position| position.units += 1);
    });
    stage.notices(roles::check, &settle, "it lost", |view| {
        edit_position(view, &long, |position| position.quote_atoms -= 10);
    });
    stage.notices(roles::check, &stage.fill(), "in a fill of", |view| {
        edit_position(view, &long, |position| position.units += 1);
    });
    stage.notices(roles::check, &stage.fill(), "collateral changed", |view| {
        edit_margin(view, &long, |account| account.collaterals[0].atoms -= 1);
    });
    let transfer = stage.walk.cast.transfer(&stage.long.owner, &quote, 5);
    let take = withdraw(&stage.long, &transfer, &Overlay::none());
    stage.notices(roles::check, &take, "moved, not -5", |view| {
        edit_margin(view, &long, |account| account.collaterals[0].atoms -= 6);
    });
    let pay = deposit(&stage.long.owner, &stage.long, &transfer);
    stage.admits(roles::check, &pay, |view| {
        edit_margin(view, &long, |account| account.collaterals[0].atoms += 5);
    });
    stage.notices(roles::check, &pay, "moved, not 5", |view| {
        edit_margin(view, &long, |account| account.collaterals[0].atoms += 6);
    });
}

#[test]
fn an_unapproved_venue_and_a_full_account_that_goes_are_noticed() {
    let mut stage = Stage::new();
    let long = stage.long.margin_account;
    let close = close_account(&stage.long);
    stage.notices(roles::check, &close, "was closed full", |view| view.remove(&long));
    let mut view = stage.walk.view.clone();
    edit(&mut view, &long, |account: &mut MarginAccount| account.venue_approvals = 0);
    let mut empty = view.clone();
    empty.remove(&long);
    stage.walk.view = view;
    stage.notices(roles::check, &stage.fill(), "did not approve", |view| {
        edit_position(view, &long, |position| position.units += (LOTS as i64) << 16);
    });
    let full = stage.walk.view.entry(&long).expect("an account").account.clone();
    stage.walk.view = empty;
    let open = open_account([&stage.long.owner, &stage.walk.cast.payer], &stage.walk.group, 0);
    stage.notices(roles::check, &open, "was opened full", |view| view.put(long, full));
}

#[test]
fn risk_that_is_opened_while_nobody_may_is_noticed() {
    let mut stage = Stage::new();
    let long = stage.long.margin_account;
    let opens = |view: &mut View| {
        edit_position(view, &long, |position| position.units += 1);
    };
    stage.admits(exposure::check, &stage.fill(), opens);
    stage.clock.unix_timestamp += 6;
    stage.clock.slot += 15;
    stage.notices(exposure::check, &stage.fill(), "opened risk on an old price", opens);
    stage.clock.unix_timestamp += 60;
    stage.notices(exposure::check, &stage.fill(), "opened risk in the grace after a halt", opens);
    stage.notices(exposure::check, &takeover(&stage), "liquidated in the grace", opens);
    let key = pda::snapshot(&stage.walk.group);
    let mut view = stage.walk.view.clone();
    edit(&mut view, &key, |header: &mut RiskSnapshot| header.paused_until_ts = i64::MAX);
    stage.walk.view = view;
    stage.notices(exposure::check, &stage.fill(), "opened risk in a pause", opens);
    // Whoever only reduces may do so at any time.
    stage.admits(exposure::check, &stage.fill(), |view| {
        edit_position(view, &long, |position| position.units -= 1);
    });
}

#[test]
fn whoever_leaves_early_or_with_money_that_a_loss_needs_is_noticed() {
    let mut stage = Stage::new();
    let (group, quote, long) = (stage.walk.group, stage.walk.world.quote, stage.long);
    let stakes = StakeKeys::new(&group, &long.owner);
    let transfer = stage.walk.cast.transfer(&long.owner, &quote, 1);
    let leave = unstake(&stakes, &Payout { quote, wallet: transfer.wallet, market_count: 2 });
    let settle = settle_pnl([&group, &stage.market], &long.margin_account, &Overlay::none());
    let take = withdraw(&long, &transfer, &Overlay::none());
    let (now, market) = (stage.clock.unix_timestamp, stage.market);
    let mut view = stage.walk.view.clone();
    edit(&mut view, &stakes.stake, |stake: &mut InsuranceStake| {
        (stake.shares, stake.exit_shares, stake.exit_atoms) = (9, 9, 5);
        stake.exit_requested_ts = now - 3_600;
    });
    stage.walk.view = view.clone();
    let paid = |atoms: u64| {
        move |view: &mut View| edit_insurance(view, &group, |insurance| insurance.balance_atoms -= atoms)
    };
    let profit = |view: &mut View| {
        edit_margin(view, &long.margin_account, |account| account.collaterals[0].atoms += 1);
    };
    stage.admits(exits::check, &leave, paid(5));
    stage.notices(exits::check, &leave, "fetched 6", paid(6));
    stage.admits(exits::check, &settle, profit);
    stage.clock.unix_timestamp -= 1;
    stage.notices(exits::check, &leave, "after 3599 seconds", paid(5));
    stage.clock.unix_timestamp += 1;
    edit_ledger(&mut view, &market, |ledger| ledger.shortfall_count = 1);
    stage.walk.view = view.clone();
    stage.notices(exits::check, &leave, "bankrupt positions are counted", paid(5));
    stage.notices(exits::check, &settle, "losses were not assigned", profit);
    stage.admits(exits::check, &take, |_| {});
    edit_margin(&mut view, &long.margin_account, |account| account.liquidation_started_ts = 1);
    stage.walk.view = view;
    stage.notices(exits::check, &take, "a withdrawal in liquidation", |_| {});
}
