//! Every parameter at its limits: the smallest and the largest allowed value pass, one less and one more are refused
//! with the parameter's own code.
//!
//! The numbers are written down here a second time on purpose: the constants of the program are promises to users.

mod collateral;
mod committee;
mod group;
mod market;
mod oracle;
mod portfolio;

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::error::FirebreakError;
use firebreak_tests::{send::Failure, Meta, World};
use solana_keypair::Keypair;

/// A parameter of `T`, its inclusive bounds, and the refusal outside of them.
pub struct Bound<T> {
    /// Name of the field.
    pub field: &'static str,
    /// Smallest and largest allowed value.
    pub range: [u64; 2],
    /// Refusal outside.
    pub error: FirebreakError,
    /// Sets the field; the value fits its type.
    pub set: fn(&mut T, u64),
}

/// One row of a table of bounds. The value is cast to the field's type, in which one more than the bound fits.
macro_rules! bound {
    ($type:ty, $($field:ident).+, $min:expr, $max:expr, $error:ident) => {
        crate::bounds::Bound::<$type> {
            field: stringify!($($field).+),
            range: [$min, $max],
            error: firebreak::error::FirebreakError::$error,
            set: |params, value| params.$($field).+ = value.try_into().expect("the value fits the field"),
        }
    };
}
use bound;

/// Sends an instruction and takes it back.
#[track_caller]
pub fn rehearse(world: &mut World, instruction: Instruction, signers: &[&Keypair]) -> Result<Meta, Failure> {
    let before = world.svm.clone();
    let result = world.send(&[instruction], signers);
    world.svm = before;
    result
}

/// Tries a table of bounds with parameters that leave room for each of them.
pub fn check<T>(
    bounds: &[Bound<T>],
    widest: impl Fn(&str) -> T,
    mut attempt: impl FnMut(T) -> Result<Meta, Failure>,
) {
    for bound in bounds {
        let mut with = |value: u64| {
            let mut params = widest(bound.field);
            (bound.set)(&mut params, value);
            attempt(params)
        };
        let [min, max] = bound.range;
        for value in [min, max] {
            if let Err(failure) = with(value) {
                panic!("{} = {value} is allowed: {failure:?}", bound.field);
            }
        }
        for value in [min.checked_sub(1), Some(max + 1)].into_iter().flatten() {
            let failure = with(value).err().unwrap_or_else(|| panic!("{} = {value} passes", bound.field));
            assert_eq!(failure.code, Some(bound.error.into()), "{} = {value}: {failure:?}", bound.field);
        }
    }
}

/// Fields of a struct in the program's source, so that a new parameter without a row is noticed.
pub fn fields_of(source: &str, name: &str) -> Vec<String> {
    let body = source.split_once(&format!("pub struct {name} {{")).expect("the struct").1;
    let body = body.split_once("\n}").expect("its end").0;
    let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub "));
    fields.filter_map(|field| Some(field.split_once(':')?.0.to_owned())).collect()
}

/// Fails unless the table has a row for every field but those named.
pub fn assert_complete<T>(bounds: &[Bound<T>], fields: Vec<String>, unbounded: &[&str]) {
    let mut expected: Vec<String> = fields.into_iter().filter(|name| !unbounded.contains(&&**name)).collect();
    let name = |field: &str| field.rsplit('.').next().unwrap_or(field).to_owned();
    let mut found: Vec<String> = bounds.iter().map(|bound| name(bound.field)).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "rows (left) and fields (right)");
}
