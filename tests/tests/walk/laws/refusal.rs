//! A refusal changes nothing and has a reason: one of the program's own codes where an owner, keeper or administrator
//! called, and where an outsider did, a code of Anchor, the token program or the runtime as well. Codes that would mean
//! that the program lost track of its own books are none, whoever called.

use firebreak::error::FirebreakError;
use firebreak_tests::send::custom_code;

use super::{ensure, Breach};
use crate::view::View;

/// Anchor adds this to the program's codes.
const FIRST_CODE: u32 = 6_000;
const LAST_CODE: u32 = 6_999;
/// Refusals of the programs that Firebreak calls: the system program's `AccountAlreadyInUse`, when something is to be
/// created that exists, and the token program's `InsufficientFunds`, when a wallet holds less than its owner wants to pay.
const OF_CALLED: [u32; 2] = [0, 1];

/// Never, whoever calls.
const NEVER: [FirebreakError; 3] =
    [FirebreakError::MathOverflow, FirebreakError::ShardInconsistent, FirebreakError::VaultMismatch];
/// Never, unless somebody passed a wrong account on purpose.
const MALFORMED: [FirebreakError; 2] = [FirebreakError::SnapshotMalformed, FirebreakError::ShardMalformed];
/// What the runtime says when a program stops by itself: a bug whoever calls.
const CRASHES: [&str; 5] = [
    "ProgramFailedToComplete",
    "ComputationalBudgetExceeded",
    "AccountBorrowFailed",
    "AccountBorrowOutstanding",
    "ProgramFailedToCompile",
];

/// A transaction that failed.
pub struct Refusal<'a> {
    /// The chain before.
    pub before: &'a View,
    /// The chain after.
    pub after: &'a View,
    /// The runtime's error.
    pub error: &'a str,
    /// True when accounts or signatures were swapped on purpose.
    pub is_forged: bool,
}

/// Judges a failed transaction.
///
/// # Errors
/// What is wrong with it.
pub fn judge(refusal: &Refusal) -> Result<(), Breach> {
    let changes = View::changes(refusal.before, refusal.after);
    let keys: Vec<String> = changes.iter().map(|change| change.key.to_string()).collect();
    ensure(keys.is_empty(), || format!("a refused transaction changed {keys:?}"))?;
    let error = refusal.error;
    let crash = CRASHES.iter().find(|crash| error.contains(**crash));
    ensure(crash.is_none(), || format!("the program crashed: {error}"))?;
    let code = custom_code(error);
    let is_one_of = |list: &[FirebreakError]| list.iter().any(|listed| code == Some(u32::from(*listed)));
    ensure(!is_one_of(&NEVER), || format!("the program lost track of its books: {error}"))?;
    if refusal.is_forged {
        return Ok(());
    }
    ensure(!is_one_of(&MALFORMED), || format!("the program lost track of its books: {error}"))?;
    let is_own =
        code.is_some_and(|code| (FIRST_CODE..=LAST_CODE).contains(&code) || OF_CALLED.contains(&code));
    ensure(is_own, || format!("not one of the program's refusals: {error}"))
}
