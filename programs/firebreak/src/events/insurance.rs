//! Events of insurance and bankruptcy.

use anchor_lang::prelude::*;
use firebreak_risk::{bankruptcy::Cover, units::Side};

/// Tokens were paid into the insurance vault.
#[event]
#[derive(Clone, Debug)]
pub struct InsuranceFunded {
    /// The group.
    pub group: Pubkey,
    /// Owner of the source tokens.
    pub funder: Pubkey,
    /// Amount, in atoms of the mint.
    pub atoms: u64,
    /// Balance afterwards, in atoms.
    pub balance_atoms: u64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// How the debt in one market was covered. All in quote atoms.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct DebtResolved {
    /// Row of the market.
    pub row: u16,
    /// Side that bore the socialized loss: 0 long, 1 short.
    pub charged_side: u8,
    /// Paid by the account's own cash.
    pub own_cash_atoms: u64,
    /// Paid by the insurance vault.
    pub insurance_payout_atoms: u64,
    /// Taken from realised, unpaid profits.
    pub haircut_atoms: u64,
    /// Charged to the opposite side.
    pub socialized_loss_atoms: u64,
    /// Borne by whoever is owed fees.
    pub uncollectable_atoms: u64,
    /// Still owed: what profits of the account in other markets will pay.
    pub left_atoms: u64,
}

impl DebtResolved {
    /// From the cover of a debt and the quote that is left of it.
    pub fn new(row: u16, side: Side, cover: &Cover, quote_after: i64) -> Self {
        Self {
            row,
            charged_side: u8::from(side == Side::Short),
            own_cash_atoms: cover.cash_atoms,
            insurance_payout_atoms: cover.insurance_payout_atoms,
            haircut_atoms: cover.haircut_atoms,
            socialized_loss_atoms: cover.socialized_loss_atoms,
            uncollectable_atoms: cover.uncollectable_atoms,
            left_atoms: quote_after.min(0).unsigned_abs(),
        }
    }
}

/// The debts of a bankrupt account were covered.
#[event]
#[derive(Clone, Debug)]
pub struct BankruptcyResolved {
    /// The group.
    pub group: Pubkey,
    /// The margin account.
    pub margin_account: Pubkey,
    /// Paid by the account's own cash, in quote atoms.
    pub own_cash_atoms: u64,
    /// Paid by the insurance vault, in quote atoms.
    pub insurance_payout_atoms: u64,
    /// Taken from realised, unpaid profits, in quote atoms.
    pub haircut_atoms: u64,
    /// Charged to the opposite sides, in quote atoms.
    pub socialized_loss_atoms: u64,
    /// Borne by whoever is owed fees, in quote atoms.
    pub uncollectable_atoms: u64,
    /// Market by market.
    pub debts: Vec<DebtResolved>,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// A stake was opened.
#[event]
#[derive(Clone, Debug)]
pub struct StakeOpened {
    /// The group.
    pub group: Pubkey,
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// Tokens were staked.
#[event]
#[derive(Clone, Debug)]
pub struct Staked {
    /// The group.
    pub group: Pubkey,
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Amount, in quote atoms.
    pub atoms: u64,
    /// Shares that it bought.
    pub shares: u64,
    /// Shares of the stake afterwards.
    pub stake_shares: u64,
    /// Balance of the insurance afterwards, in quote atoms.
    pub balance_atoms: u64,
    /// Shares of all stakers afterwards.
    pub share_count: u64,
    /// Sequence of the stake afterwards.
    pub stake_sequence: u64,
    /// Sequence of the insurance's record afterwards.
    pub sequence: u64,
}

/// An exit was asked for.
#[event]
#[derive(Clone, Debug)]
pub struct UnstakeRequested {
    /// The group.
    pub group: Pubkey,
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Shares that are to leave.
    pub shares: u64,
    /// What they are worth, in quote atoms: the most that they will fetch.
    pub atoms: u64,
    /// When it was asked for.
    pub requested_ts: i64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// A request for an exit was taken back.
#[event]
#[derive(Clone, Debug)]
pub struct UnstakeCancelled {
    /// The group.
    pub group: Pubkey,
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Shares that are gone because they stood for earnings since the request.
    pub burnt_shares: u64,
    /// Shares of the stake afterwards.
    pub stake_shares: u64,
    /// Shares of all stakers afterwards.
    pub share_count: u64,
    /// Sequence of the stake afterwards.
    pub stake_sequence: u64,
    /// Sequence of the insurance's record afterwards.
    pub sequence: u64,
}

/// An exit was paid out.
#[event]
#[derive(Clone, Debug)]
pub struct Unstaked {
    /// The group.
    pub group: Pubkey,
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Token account that received the tokens.
    pub destination: Pubkey,
    /// Amount, in quote atoms.
    pub atoms: u64,
    /// Shares that left.
    pub shares: u64,
    /// Shares of the stake afterwards.
    pub stake_shares: u64,
    /// Balance of the insurance afterwards, in quote atoms.
    pub balance_atoms: u64,
    /// Shares of all stakers afterwards.
    pub share_count: u64,
    /// Sequence of the stake afterwards.
    pub stake_sequence: u64,
    /// Sequence of the insurance's record afterwards.
    pub sequence: u64,
}

/// An empty stake was closed.
#[event]
#[derive(Clone, Debug)]
pub struct StakeClosed {
    /// The group.
    pub group: Pubkey,
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}
