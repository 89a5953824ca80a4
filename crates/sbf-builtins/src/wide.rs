//! 128-bit multiplication and division out of 64-bit instructions.
//!
//! Nothing here may use the native `*`, `/` or `%` on a 128-bit value: on the VM those *are* calls of these
//! functions, and the program would recurse until it runs out of stack. 128-bit addition, subtraction,
//! comparison and shifts by a constant are plain instructions and fine.
//!
//! Every operation is a wrapping one. The release profile checks overflow, and here wrapping is meant: a check
//! would cost compute units and could only abort a correct program.
//!
//! Speed matters because an instruction costs one compute unit and the risk engine divides often. The paths
//! are ordered by how often prices, sizes and weights take them: both operands below 2^64, then a divisor
//! below 2^32, then a divisor below 2^64, then the general case.

#[cfg(test)]
mod tests;

/// The low half of a 64-bit word.
const LOW: u64 = 0xffff_ffff;

/// The low and the high word of `x`.
#[inline(always)]
fn split(x: u128) -> (u64, u64) {
    (x as u64, (x >> 64) as u64)
}

/// The inverse of [`split`].
#[inline(always)]
fn join(low: u64, high: u64) -> u128 {
    (low as u128) | ((high as u128) << 64)
}

/// The full product of two words, as (low word, high word).
///
/// School multiplication in base 2^32. `middle` is at most 3 * (2^32 - 1) and cannot overflow, and the high
/// word is the true one because the full product is below 2^128.
#[inline(always)]
fn mul_words(a: u64, b: u64) -> (u64, u64) {
    let (a0, a1) = (a & LOW, a >> 32);
    let (b0, b1) = (b & LOW, b >> 32);
    let p00 = a0.wrapping_mul(b0);
    let p01 = a0.wrapping_mul(b1);
    let p10 = a1.wrapping_mul(b0);
    let p11 = a1.wrapping_mul(b1);
    let middle = (p00 >> 32).wrapping_add(p01 & LOW).wrapping_add(p10 & LOW);
    let low = (p00 & LOW) | (middle << 32);
    let high = p11.wrapping_add(p01 >> 32).wrapping_add(p10 >> 32).wrapping_add(middle >> 32);
    (low, high)
}

/// `a * b`, modulo 2^128.
///
/// With `a = a1 * 2^64 + a0` and the same for `b`: `a1 * b1` falls out of the 128 bits, and of the two cross
/// products only the low words stay.
#[inline(always)]
pub fn mul(a: u128, b: u128) -> u128 {
    let (a0, a1) = split(a);
    let (b0, b1) = split(b);
    let (low, high) = mul_words(a0, b0);
    join(low, high.wrapping_add(a0.wrapping_mul(b1)).wrapping_add(a1.wrapping_mul(b0)))
}

/// `(n / d, n % d)`. The caller has excluded `d == 0`, as the compiler does before it calls a helper.
#[inline(always)]
pub fn div_rem(n: u128, d: u128) -> (u128, u128) {
    let (n0, n1) = split(n);
    let (d0, d1) = split(d);
    if d1 != 0 {
        return div_rem_by_long(n, d);
    }
    if n1 == 0 {
        return (join(n0 / d0, 0), join(n0 % d0, 0));
    }
    if d0 <= LOW {
        return div_rem_by_half_word(n0, n1, d0);
    }
    let high = n1 / d0;
    let (low, remainder) = div_two_words(n1.wrapping_sub(high.wrapping_mul(d0)), n0, d0);
    (join(low, high), join(remainder, 0))
}

/// `n / d` towards zero; `i128::MIN / -1` wraps to `i128::MIN`, which checked callers have excluded before.
#[inline(always)]
pub fn div_signed(n: i128, d: i128) -> i128 {
    let quotient = div_rem(n.unsigned_abs(), d.unsigned_abs()).0 as i128;
    if (n ^ d) < 0 {
        quotient.wrapping_neg()
    } else {
        quotient
    }
}

/// `n % d` with the sign of `n`, so that `n == (n / d) * d + n % d`.
#[inline(always)]
pub fn rem_signed(n: i128, d: i128) -> i128 {
    let remainder = div_rem(n.unsigned_abs(), d.unsigned_abs()).1 as i128;
    if n < 0 {
        remainder.wrapping_neg()
    } else {
        remainder
    }
}

/// A two-word dividend by a divisor below 2^32: three plain divisions in base 2^32 and no normalisation.
///
/// Each remainder is below 2^32, so `remainder << 32 | digit` is a word and each later quotient digit is
/// below 2^32.
#[inline(always)]
fn div_rem_by_half_word(n0: u64, n1: u64, d: u64) -> (u128, u128) {
    let high = n1 / d;
    let step = (n1.wrapping_sub(high.wrapping_mul(d)) << 32) | (n0 >> 32);
    let middle = step / d;
    let step = (step.wrapping_sub(middle.wrapping_mul(d)) << 32) | (n0 & LOW);
    let low = step / d;
    (join((middle << 32) | low, high), join(step.wrapping_sub(low.wrapping_mul(d)), 0))
}

/// `(n1 * 2^64 + n0) / d` and its remainder, one word each. Requires `n1 < d`, so that the quotient fits.
///
/// Knuth's algorithm D for two base-2^32 digits: shift until the divisor's top bit is set, then guess each
/// digit from the divisor's upper half.
#[inline(never)]
fn div_two_words(n1: u64, n0: u64, d: u64) -> (u64, u64) {
    let shift = d.leading_zeros();
    let d = d << shift;
    // `>> 1 >> (63 - shift)` is `>> (64 - shift)` without the undefined shift by 64 when shift is 0.
    let top = (n1 << shift) | ((n0 >> 1) >> (63 ^ shift));
    let rest = n0 << shift;
    let (q1, top) = quotient_digit(top, rest >> 32, d);
    let (q0, remainder) = quotient_digit(top, rest & LOW, d);
    ((q1 << 32) | q0, remainder >> shift)
}

/// One base-2^32 digit: `(top * 2^32 + next) / d` and its remainder, for `top < d`, `next < 2^32` and a `d`
/// whose top bit is set.
///
/// The guess from the upper half of `d` is never too small and, because `d` is normalised, at most two too
/// large (Knuth, volume 2, 4.3.1, theorems A and B); the loop corrects it. Once `rest` no longer fits a
/// half word the guess is proved right. A first guess of 2^32 or 2^32 + 1 needs no check of its own: its
/// product with `d0` still fits a word (at most 2^64 - 1), and `top < d` makes `rest < d0`, so the comparison
/// already finds it too large.
#[inline(always)]
fn quotient_digit(top: u64, next: u64, d: u64) -> (u64, u64) {
    let (d0, d1) = (d & LOW, d >> 32);
    let mut digit = top / d1;
    let mut rest = top.wrapping_sub(digit.wrapping_mul(d1));
    while digit.wrapping_mul(d0) > ((rest << 32) | next) {
        digit = digit.wrapping_sub(1);
        rest = rest.wrapping_add(d1);
        if rest > LOW {
            break;
        }
    }
    // True modulo 2^64 and below `d`, hence exact although `top << 32` loses bits.
    (digit, ((top << 32) | next).wrapping_sub(digit.wrapping_mul(d)))
}

/// Any dividend by a divisor of at least 2^64: the quotient fits one word.
///
/// Divides half the dividend by the divisor's top 64 bits, which gives the quotient or one more
/// (Hacker's Delight, 9-5); subtracting one makes it the quotient or one less, and one comparison decides.
/// Halving the dividend keeps its upper word below the normalised divisor, as [`div_two_words`] requires.
#[inline(always)]
fn div_rem_by_long(n: u128, d: u128) -> (u128, u128) {
    if n < d {
        return (0, n);
    }
    let (d0, d1) = split(d);
    let shift = d1.leading_zeros();
    let top = (d1 << shift) | ((d0 >> 1) >> (63 ^ shift));
    let (half0, half1) = split(n >> 1);
    let (guess, _) = div_two_words(half1, half0, top);
    let mut quotient = guess >> (63 ^ shift);
    quotient = quotient.wrapping_sub((quotient != 0) as u64);
    let (p0, p1) = mul_words(d0, quotient);
    let mut remainder = n.wrapping_sub(join(p0, p1.wrapping_add(d1.wrapping_mul(quotient))));
    if remainder >= d {
        quotient = quotient.wrapping_add(1);
        remainder = remainder.wrapping_sub(d);
    }
    (join(quotient, 0), remainder)
}
