//! Data of mints, byte by byte. What Token-2022 itself writes is tried on the VM by the instruction tests.

use super::*;

/// A mint with these extensions, each with its length.
fn mint(extensions: &[(u16, u16)]) -> Vec<u8> {
    let mut data = vec![0; TYPE_OFFSET];
    data.push(TYPE_MINT);
    for (extension, length) in extensions {
        data.extend_from_slice(&extension.to_le_bytes());
        data.extend_from_slice(&length.to_le_bytes());
        data.extend(core::iter::repeat_n(0xff, usize::from(*length)));
    }
    data
}

#[test]
fn every_number_is_judged_and_only_the_listed_ones_pass() {
    let accepted: Vec<u16> =
        (1..=u16::MAX).filter(|number| judge_extensions(&mint(&[(*number, 3)])).is_ok()).collect();
    assert_eq!(accepted, [10, 18, 19, 20, 21, 22, 23, 25]);
}

#[test]
fn the_first_refused_extension_decides_wherever_it_stands() {
    let harmless = (18, 64);
    for [first, second] in [[12, 1], [1, 12]] {
        let found = judge_extensions(&mint(&[harmless, (first, 32), harmless, (second, 108)]));
        assert_eq!(found, judge(first));
        assert!(found.is_err());
    }
}

#[test]
fn data_that_cannot_be_read_is_refused() {
    let refused = |data: &[u8]| assert_eq!(judge_extensions(data), Err(FirebreakError::MintExtensions));
    let right = mint(&[(18, 64)]);
    assert_eq!(judge_extensions(&right), Ok(()));
    // Nothing but a plain mint is shorter than an extended one, and a token account is no mint.
    for length in (0..=TYPE_OFFSET).filter(|length| *length != PLAIN_LEN) {
        refused(&vec![0; length]);
    }
    let mut account = right.clone();
    account[TYPE_OFFSET] = 2;
    refused(&account);
    // Cut off within the extension or within its header.
    for length in TYPE_OFFSET + 2..right.len() {
        refused(&right[..length]);
    }
    // Longer than the account.
    let mut longer = right.clone();
    longer[TYPE_OFFSET + 3] = 65;
    refused(&longer);
}

#[test]
fn behind_the_last_extension_there_are_zeros_only() {
    for zeros in 0..10 {
        let mut data = mint(&[(18, 64)]);
        data.extend(core::iter::repeat_n(0, zeros));
        assert_eq!(judge_extensions(&data), Ok(()), "{zeros} zeros");
    }
    for place in 0..8 {
        let mut data = mint(&[(18, 64)]);
        let mut tail = [0; 8];
        tail[place] = 1;
        data.extend_from_slice(&tail);
        assert!(judge_extensions(&data).is_err(), "something at {place}");
    }
}
