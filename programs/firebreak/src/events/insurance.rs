//! Events of insurance and bankruptcy.

use anchor_lang::prelude::*;

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

/// A debt beyond equity was covered.
#[event]
#[derive(Clone, Debug)]
pub struct BankruptcyResolved {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The margin account.
    pub margin_account: Pubkey,
    /// Paid by the account's own cash, in quote atoms.
    pub own_cash_atoms: u64,
    /// Paid by the insurance vault, in quote atoms.
    pub insurance_payout_atoms: u64,
    /// Charged to the opposite side, in quote atoms.
    pub socialized_loss_atoms: u64,
    /// Still owed because nobody holds the opposite side, in quote atoms.
    pub unresolved_atoms: u64,
    /// Charged side: 0 long, 1 short.
    pub charged_side: u8,
    /// Units of that side, in 2^-16 lots at scale one.
    pub charged_units: u64,
    /// Sequence of the ledger afterwards.
    pub ledger_sequence: u64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}
