//! The program's entry point, without a framework: it takes no accounts.

use {
    crate::{evaluate, Call, ANSWER_LEN, CALLS_MAX, CALL_LEN},
    core::slice,
    solana_define_syscall::definitions::sol_set_return_data,
};

/// Error codes, seen by the test as `Custom(code)`.
const ACCOUNTS_WERE_PASSED: u64 = 1;
const WRONG_DATA_LENGTH: u64 = 2;
const UNKNOWN_OPERATION: u64 = 3;

/// Called by the loader with the serialised instruction.
///
/// # Safety
/// `input` is what the runtime passes: the number of accounts, the accounts, the length of the instruction
/// data and the data. With no accounts the data starts at byte 16.
#[no_mangle]
pub unsafe extern "C" fn entrypoint(input: *const u8) -> u64 {
    // SAFETY: the runtime always writes both counts, and refusing accounts keeps the second at byte 8.
    let data = unsafe {
        if input.cast::<u64>().read_unaligned() != 0 {
            return ACCOUNTS_WERE_PASSED;
        }
        let len = input.add(8).cast::<u64>().read_unaligned() as usize;
        slice::from_raw_parts(input.add(16), len)
    };
    match answer_all(data) {
        Ok(()) => 0,
        Err(code) => code,
    }
}

/// Evaluates every call in `data` and sets the concatenated answers as return data.
fn answer_all(data: &[u8]) -> Result<(), u64> {
    let (calls, rest) = data.as_chunks::<CALL_LEN>();
    if !rest.is_empty() || calls.len() > CALLS_MAX {
        return Err(WRONG_DATA_LENGTH);
    }
    let mut answers = [[0; ANSWER_LEN]; CALLS_MAX];
    for (call, answer) in calls.iter().zip(&mut answers) {
        *answer = evaluate(&Call::decode(call).ok_or(UNKNOWN_OPERATION)?).encode();
    }
    // SAFETY: the buffer holds CALLS_MAX answers and no more calls than that were accepted.
    unsafe { sol_set_return_data(answers.as_ptr().cast(), (calls.len() * ANSWER_LEN) as u64) };
    Ok(())
}
