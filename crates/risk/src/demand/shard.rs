//! The sums of one shard: additions and exact removals, and the change of epoch.

use crate::demand::{Place, Registration, Window, BINS};
use crate::error::{Result, RiskError};
use crate::units::Side;

/// One side of a market in one shard, where it lies in its account. All in 2^-16 units.
#[derive(Debug)]
pub struct DemandSide<'a> {
    /// Registered units per bin of the window, lowest price first.
    pub bins: &'a mut [u64; BINS],
    /// Registered units beyond the window.
    pub far: &'a mut u64,
    /// Units that were registered in earlier epochs; nobody knows where they trigger.
    pub stale: &'a mut u64,
}

/// Both sides of a market in one shard, long first, in the epoch in which they were last touched.
#[derive(Debug)]
pub struct DemandShard<'a> {
    /// Epoch that the bins belong to.
    pub epoch: &'a mut u16,
    /// Long side, then short side.
    pub sides: [DemandSide<'a>; 2],
}

/// A shard whose bins belong to the window: the only one that can be changed, so that no caller forgets to enter.
#[derive(Debug)]
pub struct EnteredShard<'a> {
    window: Window,
    sides: [DemandSide<'a>; 2],
}

impl DemandSide<'_> {
    /// Registered units; `Overflow` if they do not fit.
    fn total(&self) -> Result<u64> {
        let add = |sum: u64, units: &u64| sum.checked_add(*units);
        let near = self.bins.iter().try_fold(0u64, add);
        let far = near.and_then(|sum| sum.checked_add(*self.far));
        far.and_then(|sum| sum.checked_add(*self.stale)).ok_or(RiskError::Overflow)
    }

    /// Makes all that is registered stale.
    fn restart(&mut self, total: u64) {
        *self.bins = [0; BINS];
        *self.far = 0;
        *self.stale = total;
    }
}

impl<'a> DemandShard<'a> {
    /// The shard in the window's epoch: the first time, everything that is registered becomes stale. About 3 000 CU
    /// then, and next to nothing otherwise.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] if the registered units of a side exceed 64 bits, which a counter of open interest of 64
    /// bits rules out. Nothing is changed then.
    #[inline]
    pub fn entered(self, window: Window) -> Result<EnteredShard<'a>> {
        let DemandShard { epoch, mut sides } = self;
        if *epoch != window.epoch {
            let [long, short] = &mut sides;
            let (long_total, short_total) = (long.total()?, short.total()?);
            long.restart(long_total);
            short.restart(short_total);
            *epoch = window.epoch;
        }
        Ok(EnteredShard { window, sides })
    }
}

impl EnteredShard<'_> {
    /// The sum that a registration is part of.
    #[inline]
    fn sum_of(&mut self, registration: &Registration) -> Result<&mut u64> {
        let [long, short] = &mut self.sides;
        let side = match registration.side {
            Side::Long => long,
            Side::Short => short,
        };
        if registration.epoch != self.window.epoch {
            return Ok(side.stale);
        }
        match registration.place {
            Place::Far => Ok(side.far),
            Place::Near => {
                let slot = self.window.slot(registration.bin);
                slot.and_then(|slot| side.bins.get_mut(slot)).ok_or(RiskError::DomainError)
            }
        }
    }

    /// Adds a position.
    ///
    /// # Errors
    /// [`RiskError::DomainError`] if the registration is not of this window, [`RiskError::Overflow`] if the sum does not
    /// fit. Nothing is changed then.
    #[inline]
    pub fn register(&mut self, new: &Registration) -> Result<()> {
        if new.epoch != self.window.epoch {
            return Err(RiskError::DomainError);
        }
        let sum = self.sum_of(new)?;
        *sum = sum.checked_add(new.units).ok_or(RiskError::Overflow)?;
        Ok(())
    }

    /// Takes a position out, wherever it is now.
    ///
    /// # Errors
    /// [`RiskError::DomainError`] if the sum does not hold it. Nothing is changed then.
    #[inline]
    pub fn remove(&mut self, old: &Registration) -> Result<()> {
        let sum = self.sum_of(old)?;
        *sum = sum.checked_sub(old.units).ok_or(RiskError::DomainError)?;
        Ok(())
    }

    /// Takes a position out and adds what it has become.
    ///
    /// # Errors
    /// As [`remove`](Self::remove) and [`register`](Self::register). Nothing is changed then.
    #[inline]
    pub fn replace(&mut self, old: &Registration, new: &Registration) -> Result<()> {
        self.remove(old)?;
        self.register(new).inspect_err(|_| {
            // It was there a moment ago, so it fits.
            if let Ok(sum) = self.sum_of(old) {
                *sum = sum.wrapping_add(old.units);
            }
        })
    }
}
