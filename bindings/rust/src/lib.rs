//! Situ's prover allocator for Rust: large buffers stay resident and are reused without a system call or a page fault.
//!
//! ```no_run
//! #[global_allocator]
//! static GLOBAL: situ::GlobalAlloc = situ::GlobalAlloc;
//! ```
//!
//! Requests below 64 KiB go to the C library's malloc, as `std::alloc::System` does.  See `situ/mem.h` for the contracts.

use std::alloc::Layout;
use std::marker::PhantomData;
use std::mem::{align_of, size_of, MaybeUninit};
use std::ops::{Deref, DerefMut};
use std::os::raw::{c_int, c_void};
use std::ptr::{self, NonNull};

mod ffi {
    use super::*;

    pub enum Arena {}

    #[repr(C)]
    pub struct Secret {
        pub bytes: *mut u8,
        pub n_bytes: usize,
        pub protections: u32,
        pub lock_error: c_int,
        pub map: *mut c_void,
        pub map_bytes: usize,
    }

    extern "C" {
        pub fn situ_mem_alloc(n_bytes: usize, align: usize) -> *mut c_void;
        pub fn situ_mem_alloc_zeroed(n_bytes: usize, align: usize) -> *mut c_void;
        pub fn situ_mem_realloc(p: *mut c_void, old: usize, new: usize, align: usize) -> *mut c_void;
        pub fn situ_mem_free(p: *mut c_void, n_bytes: usize);
        pub fn situ_mem_release() -> u64;
        pub fn situ_mem_soften() -> u64;
        pub fn situ_mem_set_cache(n_bytes: u64);
        pub fn situ_mem_read_stats(stats: *mut Stats);
        pub fn situ_arena_create(arena: *mut *mut Arena, n_bytes: usize, flags: u32) -> c_int;
        pub fn situ_arena_destroy(arena: *mut Arena);
        pub fn situ_arena_alloc(arena: *mut Arena, n_bytes: usize, align: usize) -> *mut c_void;
        pub fn situ_arena_reset(arena: *mut Arena);
        pub fn situ_arena_used(arena: *const Arena) -> usize;
        pub fn situ_arena_high_water(arena: *const Arena) -> usize;
        pub fn situ_arena_capacity(arena: *const Arena) -> usize;
        pub fn situ_secret_create(secret: *mut Secret, n_bytes: usize, required: u32) -> c_int;
        pub fn situ_secret_destroy(secret: *mut Secret);
    }
}

/// The global allocator.
pub struct GlobalAlloc;

// SAFETY: situ_mem_* keeps GlobalAlloc's contract: blocks fit their layout, realloc keeps contents, null means no memory.
unsafe impl std::alloc::GlobalAlloc for GlobalAlloc {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ffi::situ_mem_alloc(layout.size(), layout.align()).cast()
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ffi::situ_mem_alloc_zeroed(layout.size(), layout.align()).cast()
    }

    #[inline]
    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        ffi::situ_mem_free(p.cast(), layout.size())
    }

    #[inline]
    unsafe fn realloc(&self, p: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ffi::situ_mem_realloc(p.cast(), layout.size(), new_size, layout.align()).cast()
    }
}

/// What the allocator did since the process began; blocks of 64 KiB and more only.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub n_hits: u64,
    pub n_misses: u64,
    pub live_bytes: u64,
    pub live_bytes_max: u64,
    pub cached_bytes: u64,
    pub cache_bytes_max: u64,
    pub faults_avoided: u64,
    pub purged_bytes: u64,
    pub donated_bytes: u64,
    pub grown_bytes: u64,
    pub range_bytes: u64,
}

pub fn stats() -> Stats {
    let mut stats = Stats::default();
    // SAFETY: same layout as situ_mem_stats, which the test of sizes checks.
    unsafe { ffi::situ_mem_read_stats(&mut stats) };
    stats
}

/// Let the system take cached memory when it is short.  Returns bytes.
pub fn soften() -> u64 {
    unsafe { ffi::situ_mem_soften() }
}

/// Give cached memory back to the system now.  Returns bytes.
pub fn release() -> u64 {
    unsafe { ffi::situ_mem_release() }
}

/// Change the cap of cached memory.
pub fn set_cache(n_bytes: u64) {
    unsafe { ffi::situ_mem_set_cache(n_bytes) }
}

/// An error of the library: the number and name of a `situ_err`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    Argument,
    Memory,
    /// A required protection was refused; the number is errno.
    Refused(i32),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Argument => f.write_str("argument out of range"),
            Error::Memory => f.write_str("out of memory"),
            Error::Refused(errno) => write!(f, "the system refused a protection (errno {errno})"),
        }
    }
}

impl std::error::Error for Error {}

fn check(err: c_int) -> Result<(), Error> {
    match err {
        0 => Ok(()),
        1 => Err(Error::Argument),
        4 => Err(Error::Refused(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))),
        _ => Err(Error::Memory),
    }
}

/// Memory that is handed out upwards and taken back all at once.
///
/// What it hands out borrows the arena, so `reset` (which needs it mutably) cannot be called while a piece lives.
pub struct Arena {
    raw: NonNull<ffi::Arena>,
    not_sync: PhantomData<*mut ()>,
}

// SAFETY: an arena belongs to one thread at a time; it may move between threads.
unsafe impl Send for Arena {}

impl Arena {
    /// A fixed arena: exhaustion is `None`.
    pub fn new(n_bytes: usize) -> Result<Arena, Error> {
        Self::create(n_bytes, 0)
    }

    /// An arena that adds blocks when it is full.
    pub fn growing(n_bytes: usize) -> Result<Arena, Error> {
        Self::create(n_bytes, 1)
    }

    fn create(n_bytes: usize, flags: u32) -> Result<Arena, Error> {
        let mut raw = ptr::null_mut();
        check(unsafe { ffi::situ_arena_create(&mut raw, n_bytes, flags) })?;
        Ok(Arena { raw: NonNull::new(raw).ok_or(Error::Memory)?, not_sync: PhantomData })
    }

    /// `n` values, uninitialised.  `None` if they do not fit, or n * size overflows.
    #[allow(clippy::mut_from_ref)] // every call hands out a new piece
    pub fn alloc_uninit<T: Copy>(&self, n: usize) -> Option<&mut [MaybeUninit<T>]> {
        let n_bytes = n.checked_mul(size_of::<T>())?;
        // SAFETY: the piece is aligned for T, n values long, disjoint from all others until reset.
        unsafe {
            let p = ffi::situ_arena_alloc(self.raw.as_ptr(), n_bytes, align_of::<T>());
            NonNull::new(p.cast::<MaybeUninit<T>>()).map(|p| std::slice::from_raw_parts_mut(p.as_ptr(), n))
        }
    }

    /// `n` copies of a value.
    #[allow(clippy::mut_from_ref)]
    pub fn alloc<T: Copy>(&self, n: usize, value: T) -> Option<&mut [T]> {
        let piece = self.alloc_uninit::<T>(n)?;
        for slot in piece.iter_mut() {
            slot.write(value);
        }
        // SAFETY: all of it was written.
        Some(unsafe { &mut *(piece as *mut [MaybeUninit<T>] as *mut [T]) })
    }

    pub fn reset(&mut self) {
        unsafe { ffi::situ_arena_reset(self.raw.as_ptr()) }
    }

    pub fn used(&self) -> usize {
        unsafe { ffi::situ_arena_used(self.raw.as_ptr()) }
    }

    pub fn high_water(&self) -> usize {
        unsafe { ffi::situ_arena_high_water(self.raw.as_ptr()) }
    }

    pub fn capacity(&self) -> usize {
        unsafe { ffi::situ_arena_capacity(self.raw.as_ptr()) }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        unsafe { ffi::situ_arena_destroy(self.raw.as_ptr()) }
    }
}

pub const SECRET_LOCKED: u32 = 1;
pub const SECRET_HIDDEN: u32 = 2;
pub const SECRET_NO_DUMP: u32 = 4;
pub const SECRET_NO_FORK: u32 = 8;
pub const SECRET_GUARDED: u32 = 16;

/// Memory for keys: guarded, locked, kept out of dumps and children, wiped at the end.
pub struct SecretBuf {
    raw: ffi::Secret,
}

// SAFETY: it owns its memory; shared access is to plain bytes.
unsafe impl Send for SecretBuf {}
unsafe impl Sync for SecretBuf {}

impl SecretBuf {
    /// A zeroed buffer.  `required`: protections without which there shall be none.
    pub fn new(n_bytes: usize, required: u32) -> Result<SecretBuf, Error> {
        let mut raw = MaybeUninit::uninit();
        check(unsafe { ffi::situ_secret_create(raw.as_mut_ptr(), n_bytes, required) })?;
        // SAFETY: written by a create that succeeded.
        Ok(SecretBuf { raw: unsafe { raw.assume_init() } })
    }

    /// The protections that were obtained.
    pub fn protections(&self) -> u32 {
        self.raw.protections
    }

    /// errno of a refused lock, 0 if it was not refused.
    pub fn lock_error(&self) -> i32 {
        self.raw.lock_error
    }
}

impl Deref for SecretBuf {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        unsafe { std::slice::from_raw_parts(self.raw.bytes, self.raw.n_bytes) }
    }
}

impl DerefMut for SecretBuf {
    fn deref_mut(&mut self) -> &mut [u8] {
        unsafe { std::slice::from_raw_parts_mut(self.raw.bytes, self.raw.n_bytes) }
    }
}

/// Never the contents.
impl std::fmt::Debug for SecretBuf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretBuf({} bytes, protections {})", self.raw.n_bytes, self.raw.protections)
    }
}

impl Drop for SecretBuf {
    fn drop(&mut self) {
        unsafe { ffi::situ_secret_destroy(&mut self.raw) }
    }
}
