//! Where things are on the axis of ln price: bins, the window, and the place of one position.

use core::num::NonZeroU64;

use crate::demand::{Distance, BINS, BINS_BELOW, BIN_PERCENT, FOLLOW_BINS};
use crate::error::Result;
use crate::math::exp_ln::ln_ratio;
use crate::math::fixed::div_rem;
use crate::units::{Price, Side, LOG_BITS, PRICE_BITS};

/// Bins that are added so that the quotient below is one of positive numbers; |ln price| < 22.2 = 740 bins.
const BIN_OFFSET: i16 = 1024;
/// Width of a bin in 2^-40 and percent: what a hundredfold logarithm is divided by.
// as-safety: widens, lossless; `From` is not const.
const BIN_Q40_PERCENT: NonZeroU64 = match NonZeroU64::new((BIN_PERCENT as u64) << LOG_BITS) {
    Some(width) => width,
    None => panic!("a bin has no width"),
};

/// The 128 bins that are kept, `anchor - 64` to `anchor + 63`, for as long as the price stays near the anchor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Bin of the price when the epoch began.
    pub anchor: i16,
    /// Counts the windows of a market. It could repeat after 65 536 epochs, each of which needs the price to change
    /// 2.6-fold; a registration is not left alone for so long.
    pub epoch: u16,
}

/// Whether a registration is in a bin of its window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Place {
    /// In the bin that it names.
    #[default]
    Near,
    /// Beyond the window, or never to be liquidated by this market's price.
    Far,
}

/// What a position stores: what it added to the sums, so that exactly this can be taken out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Absolute units of the position when it was registered, in 2^-16; zero for a position that is not registered.
    pub units: u64,
    /// Absolute bin of the trigger; the outermost one for [`Place::Far`].
    pub bin: i16,
    /// Epoch of the window at that time.
    pub epoch: u16,
    /// Side of the position.
    pub side: Side,
    /// Bin or far scalar.
    pub place: Place,
}

const _: () = assert!(size_of::<Registration>() <= 16);

/// Bin of a price: floor(ln(price in quote atoms per quantum) / 0.03).
///
/// Exact unless the price is within a factor of 1 ± 2^-40 of the boundary of two bins; monotone everywhere.
///
/// # Errors
/// [`DomainError`](crate::RiskError::DomainError) for a price of zero.
pub fn price_bin(price: Price) -> Result<i16> {
    let ln = ln_ratio(price.0, 1 << PRICE_BITS)?;
    // |ln| < 2^45, times 100 below 2^52; the offset is 1024 * 3 * 2^40 < 2^52. The sum is positive.
    let offset = BIN_Q40_PERCENT.get().wrapping_mul(u64::from(BIN_OFFSET.unsigned_abs()));
    let shifted = ln.0.wrapping_mul(100).cast_unsigned().wrapping_add(offset);
    let (bin, _) = div_rem(shifted, BIN_Q40_PERCENT);
    // Below 2 048.
    Ok(i16::try_from(bin).unwrap_or(i16::MAX).saturating_sub(BIN_OFFSET))
}

impl Window {
    /// The window for a price in this bin: the same one, or the next epoch's around it if the price has moved by more
    /// than [`FOLLOW_BINS`].
    #[must_use]
    pub const fn followed(self, price_bin: i16) -> Window {
        if self.reaches(price_bin) {
            self
        } else {
            Window { anchor: price_bin, epoch: self.epoch.wrapping_add(1) }
        }
    }

    /// True if the price is near enough to the anchor for this window.
    pub const fn reaches(self, price_bin: i16) -> bool {
        price_bin.abs_diff(self.anchor) <= FOLLOW_BINS
    }

    /// First and last bin.
    #[inline]
    const fn ends(self) -> (i16, i16) {
        // Bins of prices are within ±740, so nothing saturates.
        let first = self.anchor.saturating_sub(BINS_BELOW);
        (first, self.anchor.saturating_add(BINS_BELOW - 1))
    }

    /// Index of a bin in the arrays; `None` outside the window.
    #[inline]
    pub(super) fn slot(self, bin: i16) -> Option<usize> {
        let (first, last) = self.ends();
        if bin < first || bin > last {
            return None;
        }
        Some(usize::from(bin.abs_diff(first))).filter(|slot| *slot < BINS)
    }

    /// The registration of a position with these absolute units at this distance from a price in `price_bin`.
    ///
    /// The bin is never farther from the price than the trigger and at most one bin nearer, since both the price and the
    /// distance are somewhere in their bins. What lies beyond the window is far; what lies behind it on the side that
    /// was passed already, which takes a window that does not [reach](Self::reaches) the price, is put into the last bin.
    #[inline]
    pub fn registration(self, side: Side, units: u64, price_bin: i16, distance: Distance) -> Registration {
        let (first, last) = self.ends();
        let (outermost, bin) = match (side, distance) {
            (Side::Long, Distance::Bins(bins)) => (first, price_bin.saturating_sub(i16::from(bins))),
            (Side::Short, Distance::Bins(bins)) => (last, price_bin.saturating_add(i16::from(bins))),
            (Side::Long, Distance::Far) => (first, i16::MIN),
            (Side::Short, Distance::Far) => (last, i16::MAX),
        };
        let is_far = match side {
            Side::Long => bin < outermost,
            Side::Short => bin > outermost,
        };
        let place = if is_far { Place::Far } else { Place::Near };
        Registration { units, bin: bin.clamp(first, last), epoch: self.epoch, side, place }
    }
}
