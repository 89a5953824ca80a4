//! What must hold after every step, whatever was sent and by whom.
//!
//! A law sees the chain before and after, and the instruction with its signers. It does not know what the walk meant to
//! do, so it judges an outsider's forged call as it judges an owner's order. Breaches are returned, so that tests of the
//! laws can ask for them.

mod authority;
mod committee;
mod conservation;
mod demand;
mod exits;
mod exposure;
mod monotone;
mod refusal;
mod roles;
mod tests;
pub mod worth;

use anchor_lang::prelude::{Clock, Pubkey};
use firebreak::state::Row;
use std::collections::BTreeMap;

use crate::{
    call::Call,
    view::{Change, View},
};
pub use conservation::gift;
pub use refusal::{judge as judge_refusal, Refusal};

/// A law that was broken, in words.
pub type Breach = String;
/// Atoms by vault.
pub type Gifts = BTreeMap<Pubkey, u64>;
/// What judges a step.
pub type Law = fn(&Transition) -> Result<(), Breach>;

/// A successful transaction of one instruction.
pub struct Transition<'a> {
    /// The chain before.
    pub before: &'a View,
    /// The chain after.
    pub after: &'a View,
    /// The instruction.
    pub call: &'a Call,
    /// When it ran.
    pub clock: &'a Clock,
    /// Rows of its group as it saw them: as stored before, and where it read oracle accounts itself, as these said.
    pub seen: &'a [Row],
    /// Accounts that changed.
    pub changes: Vec<Change<'a>>,
    /// Atoms that vaults were given uninvited, up to and in this step. They are nobody's, and move nothing.
    pub gifts: &'a Gifts,
}

impl Transition<'_> {
    /// Rows of a group as stored before or after.
    pub fn rows<'a>(view: &'a View, group: &Pubkey) -> &'a [Row] {
        let snapshot = view.snapshots().find(|(_, snapshot)| snapshot.header.group == *group);
        snapshot.map_or(&[], |(_, snapshot)| snapshot.rows.as_slice())
    }
}

/// Judges a successful transaction by every law.
///
/// # Errors
/// The first law that was broken.
pub fn judge(transition: &Transition) -> Result<(), Breach> {
    let laws: [(&str, Law); 8] = [
        ("conservation", conservation::check),
        ("demand", demand::check),
        ("monotone", monotone::check),
        ("authority", authority::check),
        ("roles", roles::check),
        ("committee", committee::check),
        ("exposure", exposure::check),
        ("exits", exits::check),
    ];
    for (name, law) in laws {
        law(transition).map_err(|breach| format!("{name}: {breach}"))?;
    }
    Ok(())
}

/// A breach unless the condition holds.
pub fn ensure(holds: bool, breach: impl FnOnce() -> String) -> Result<(), Breach> {
    if holds {
        Ok(())
    } else {
        Err(breach())
    }
}
