extern crate std;

use std::{vec, vec::Vec};

use solana_program_entrypoint::{deserialize, MAX_PERMITTED_DATA_INCREASE};

use super::*;

/// One account as the runtime lays it out, with so many bytes of data.
fn put_account(input: &mut Vec<u8>, number: u8, data_len: usize) {
    input.extend([u8::MAX, number & 1, number >> 1 & 1, number >> 2 & 1, 0, 0, 0, 0]);
    input.extend([number; 32]);
    input.extend([number.wrapping_add(100); 32]);
    input.extend(u64::from(number).to_le_bytes());
    input.extend((data_len as u64).to_le_bytes());
    input.extend(vec![number; data_len]);
    input.extend(vec![0; MAX_PERMITTED_DATA_INCREASE + data_len.next_multiple_of(8) - data_len]);
    input.extend([0; 8]);
}

/// Three accounts, the second of which is passed twice, and an instruction's data.
fn input() -> Vec<u64> {
    let mut input = 4u64.to_le_bytes().to_vec();
    put_account(&mut input, 1, 0);
    put_account(&mut input, 6, 13);
    input.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    put_account(&mut input, 3, 40);
    input.extend(5u64.to_le_bytes());
    input.extend([9, 8, 7, 6, 5]);
    input.extend([42; 32]);
    // Aligned as the runtime aligns it, with room at the end.
    input.resize(input.len().next_multiple_of(8), 0);
    input.chunks(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap())).collect()
}

type Seen = (Vec<u8>, bool, bool, bool, Vec<u8>, u64, Vec<u8>);

fn seen(info: &AccountInfo) -> Seen {
    (
        info.key.as_ref().to_vec(),
        info.is_signer,
        info.is_writable,
        info.executable,
        info.owner.as_ref().to_vec(),
        **info.lamports.borrow(),
        info.data.borrow().to_vec(),
    )
}

#[test]
fn accounts_are_those_of_solanas_own_entry_point() {
    let (mut ours, mut theirs) = (input(), input());
    // SAFETY: laid out as the runtime does it, and used by nothing else.
    let (program_id, accounts, data) = unsafe { laid_out(ours.as_mut_ptr().cast()) };
    // SAFETY: as above.
    let expected = unsafe { deserialize(theirs.as_mut_ptr().cast()) };
    assert_eq!((program_id, data), (expected.0, expected.2));
    assert_eq!(accounts.len(), 4);
    let all = |infos: &[AccountInfo]| infos.iter().map(seen).collect::<Vec<_>>();
    assert_eq!(all(accounts), all(&expected.1));
}

#[test]
fn an_account_that_is_passed_twice_is_one() {
    let mut input = input();
    // SAFETY: laid out as the runtime does it, and used by nothing else.
    let (_, accounts, _) = unsafe { laid_out(input.as_mut_ptr().cast()) };
    **accounts[1].lamports.borrow_mut() += 1;
    assert_eq!((**accounts[2].lamports.borrow(), **accounts[3].lamports.borrow()), (7, 3));
    let _first = accounts[1].data.borrow_mut();
    assert!(accounts[2].data.try_borrow().is_err());
}
