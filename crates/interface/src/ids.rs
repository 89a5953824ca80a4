//! Program ids, as bytes: the type of a key differs between frameworks, its bytes do not.

/// Firebreak, in base58.
pub const FIREBREAK_PROGRAM_ID_BASE58: &str = "CEXoaXU6334mKJNEoxMQSqW7YdugkQit55hjn3n1qE3f";
/// Firebreak.
pub const FIREBREAK_PROGRAM_ID: [u8; 32] = decode_key(FIREBREAK_PROGRAM_ID_BASE58);

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Decodes a key from base58 while compiling.
///
/// Multiplies the 256-bit big-endian number by 58 and adds the next digit, once per character.
const fn decode_key(text: &str) -> [u8; 32] {
    let text = text.as_bytes();
    let mut key = [0u8; 32];
    let mut position = 0;
    while position < text.len() {
        let mut carry = digit(text[position]);
        let mut byte = key.len();
        while byte > 0 {
            byte -= 1;
            // as-safety: at most 255 * 58 + 255 before, and below 256 after the mask.
            let sum = key[byte] as u32 * 58 + carry;
            key[byte] = (sum & 0xff) as u8;
            carry = sum >> 8;
        }
        assert!(carry == 0, "a key has at most 32 bytes");
        position += 1;
    }
    key
}

const fn digit(character: u8) -> u32 {
    let mut value = 0;
    while value < ALPHABET.len() {
        if ALPHABET[value] == character {
            // as-safety: below 58.
            return value as u32;
        }
        value += 1;
    }
    panic!("not a base58 character")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_program_is_thirty_two_zeros() {
        // "1" is digit 0: 32 of them are the number 0.
        assert_eq!(decode_key("11111111111111111111111111111111"), [0; 32]);
    }

    #[test]
    fn digits_count_from_the_right_in_base_58() {
        // "21" = 1 * 58 + 0 = 58. "5R" = 4 * 58 + 24 = 256 = 0x0100 (5 is digit 4, R is digit 24).
        assert_eq!(decode_key("21")[31], 58);
        assert_eq!(decode_key("5R")[30..], [1, 0]);
    }

    #[test]
    fn the_program_id_starts_and_ends_with_known_bytes() {
        // Decoded independently with Python: int in base 58, to_bytes(32, "big").
        assert_eq!(FIREBREAK_PROGRAM_ID[..4], PREFIX);
        assert_eq!(FIREBREAK_PROGRAM_ID[28..], SUFFIX);
    }

    const PREFIX: [u8; 4] = [166, 231, 239, 147];
    const SUFFIX: [u8; 4] = [24, 179, 255, 14];
}
