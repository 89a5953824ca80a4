//! The heap of a Solana program: a bump allocator that is called, not copied to every place that allocates.
//!
//! **Why it exists.** The allocator that `entrypoint!` installs may be inlined, and LLVM does so wherever something is
//! boxed: at every error that names its account, above all. In Firebreak that was a quarter of the program. Here an
//! allocation is a call, which costs a few compute units where one happens.
//!
//! **How to use it.** `#[global_allocator] static HEAP: Heap = Heap::of_program();`, with the feature `custom-heap` that
//! keeps `entrypoint!` from installing its own.
//!
//! What it does is what that one does: it hands out the region from its end downwards and never takes anything back.
//! The first eight bytes of the region hold the address of the last byte handed out; zero, as the VM leaves it, means
//! that nothing was.

use core::{
    alloc::{GlobalAlloc, Layout},
    ptr,
};

#[cfg(test)]
mod tests;

/// Where the VM maps the heap.
const PROGRAM_START: usize = 0x3_0000_0000;
/// What every program has without asking for more.
const PROGRAM_LEN: usize = 32 * 1024;
/// Bytes of the region that hold the position.
const HEADER: usize = size_of::<usize>();

/// A region of memory that is handed out from its end downwards.
#[derive(Debug)]
pub struct Heap {
    start: usize,
    len: usize,
}

impl Heap {
    /// The heap that the VM gives to a program. Off the VM nothing may be allocated from it.
    pub const fn of_program() -> Self {
        Self { start: PROGRAM_START, len: PROGRAM_LEN }
    }

    /// Address of an allocation below `position`; `None` when it does not fit.
    fn place(&self, position: usize, size: usize, align: usize) -> Option<usize> {
        let top = if position == 0 { self.start.checked_add(self.len)? } else { position };
        // Alignments are powers of two, so clearing the low bits moves down to the next multiple. No layout is longer than
        // `isize::MAX`, and no address of a region lies above that: what is too large comes out negative.
        let address = top.wrapping_sub(size) & align.wrapping_neg();
        let lowest = self.start.checked_add(HEADER)?;
        (address.cast_signed() >= lowest.cast_signed()).then_some(address)
    }

    /// Hands out a block; null when it does not fit. Takes size and alignment in the order in which they arrive, so that
    /// nothing has to be moved on the way.
    ///
    /// # Safety
    /// The region must be there, and used by nothing else.
    // The point of this type.
    #[inline(never)]
    unsafe fn take(&self, size: usize, align: usize) -> *mut u8 {
        let header = self.start as *mut usize;
        // SAFETY: the region starts aligned, is writable and has room for the header.
        let position = unsafe { header.read() };
        let Some(address) = self.place(position, size, align) else {
            return ptr::null_mut();
        };
        // SAFETY: as above.
        unsafe { header.write(address) };
        address as *mut u8
    }
}

// SAFETY: each block lies in the region, behind the header and below every block before it, so blocks are disjoint; it
// is aligned as `place` aligns it. The VM has one thread, so nothing comes between reading the position and writing it.
unsafe impl GlobalAlloc for Heap {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller installed this as the allocator of a program, or owns the region.
        unsafe { self.take(layout.size(), layout.align()) }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
