//! The module's allocator: a bump allocator that is emptied before each call.
//!
//! Nothing the policy allocates outlives a call, so nothing need be freed one by
//! one: the next block begins where the last one ended, and each call begins
//! with an empty heap again. That is less code and less time than any general
//! allocator, and memory cannot leak from call to call. Within a call garbage
//! stays: a growing vector leaves its old block behind unless it is the last
//! one, which grows in place; that is at most as much again as the vector.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::Cell;
use core::ptr;

const PAGE: usize = 65_536;

unsafe extern "C" {
    /// Where the linker lets the heap begin; only its address means anything.
    static __heap_base: u8;
}

/// The heap, from `__heap_base` to the end of the linear memory.
struct Heap {
    /// The end of the last block; 0 before the first call.
    top: Cell<usize>,
}

// SAFETY: a module without shared memory has one thread.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap { top: Cell::new(0) };

/// Forgets all blocks.
///
/// # Safety
/// No block allocated before is used any more.
pub(crate) unsafe fn clear() {
    HEAP.top.set(&raw const __heap_base as usize);
}

impl Heap {
    /// Moves the top to `end`, growing the memory where it has to.
    fn extend_to(&self, end: usize) -> bool {
        let size = wasm32::memory_size(0) * PAGE;
        if end > size && wasm32::memory_grow(0, (end - size).div_ceil(PAGE)) == usize::MAX {
            return false;
        }
        self.top.set(end);
        true
    }
}

// SAFETY: blocks lie between the heap's base and its top, which only rises
// until the heap is cleared, so that no two of them overlap.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.top.get().next_multiple_of(layout.align());
        match start.checked_add(layout.size()) {
            Some(end) if self.extend_to(end) => ptr::with_exposed_provenance_mut(start),
            _ => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // The last block can be given back, so that short-lived strings leave
        // nothing behind.
        if block as usize + layout.size() == self.top.get() {
            self.top.set(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let start = block as usize;
        if start + layout.size() == self.top.get() {
            return match start.checked_add(size) {
                Some(end) if self.extend_to(end) => block,
                _ => ptr::null_mut(),
            };
        }
        // SAFETY: the caller vouches for the size; the old block is `layout`'s.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(block, new, layout.size().min(size));
            }
            new
        }
    }
}
