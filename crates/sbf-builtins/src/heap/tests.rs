extern crate std;

use std::{vec, vec::Vec};

use proptest::prelude::*;

use super::*;

/// A region of its own, zeroed and aligned to 4 096 bytes, so that every alignment below behaves as on the VM.
struct Region {
    _memory: Vec<u8>,
    heap: Heap,
}

fn region(len: usize) -> Region {
    let memory = vec![0u8; len + 4_096];
    let start = (memory.as_ptr() as usize).next_multiple_of(4_096);
    Region { _memory: memory, heap: Heap { start, len } }
}

impl Region {
    fn alloc(&self, size: usize, align: usize) -> Option<usize> {
        let layout = Layout::from_size_align(size, align).unwrap();
        // SAFETY: the region is this test's own memory.
        let address = unsafe { self.heap.alloc(layout) } as usize;
        (address != 0).then_some(address)
    }
}

proptest! {
    /// Every block lies in the region, behind the header, aligned, and below all that were handed out before it; and what
    /// is refused changes nothing.
    #[test]
    fn blocks_are_disjoint_aligned_and_inside(
        blocks in prop::collection::vec((0usize..600, 0u32..7), 1..60), len in 64usize..8_192,
    ) {
        let region = region(len);
        let mut lowest = region.heap.start + len;
        for (size, shift) in blocks {
            let align = 1 << shift;
            match region.alloc(size, align) {
                Some(address) => {
                    prop_assert_eq!(address % align, 0);
                    prop_assert!(address >= region.heap.start + HEADER);
                    prop_assert!(address + size <= lowest, "overlaps an earlier block");
                    // No more is lost than the alignment asks for.
                    prop_assert!(lowest - (address + size) < align);
                    lowest = address;
                }
                None => prop_assert!(lowest - region.heap.start < HEADER + size + align),
            }
        }
    }
}

#[test]
fn a_block_as_large_as_the_rest_fits_and_a_byte_more_does_not() {
    let region = region(1_024);
    assert_eq!(region.alloc(1_024 - HEADER + 1, 1), None);
    assert_eq!(region.alloc(isize::MAX as usize, 1), None);
    assert_eq!(region.alloc(1_024 - HEADER, 1), Some(region.heap.start + HEADER));
    assert_eq!(region.alloc(1, 1), None);
    // A size beyond every address does not wrap around.
    assert_eq!(region.alloc(isize::MAX as usize, 1), None);
}

/// The runtime maps 32 KiB at 3 * 2^32.
#[test]
fn a_program_has_the_region_of_the_vm() {
    let heap = Heap::of_program();
    assert_eq!((heap.start, heap.len), (3 << 32, 32_768));
}
