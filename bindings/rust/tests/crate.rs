//! The crate as a program uses it: as its global allocator.

use situ::{Arena, Error, SecretBuf};

#[global_allocator]
static GLOBAL: situ::GlobalAlloc = situ::GlobalAlloc;

#[test]
fn vectors_grow_and_are_reused() {
    for round in 0..5u64 {
        let mut v: Vec<u64> = Vec::new();
        for i in 0..3_000_000u64 {
            v.push(i * i + round);
        }
        assert!(v.iter().enumerate().all(|(i, &x)| x == (i as u64) * (i as u64) + round));
    }
    let stats = situ::stats();
    assert!(stats.range_bytes == 0 || stats.n_hits > 0, "{stats:?}");
    assert!(stats.live_bytes_max >= stats.live_bytes);
}

#[test]
fn zeroed_vectors_are_zero() {
    for i in 0..20usize {
        let mut v = vec![0u32; 400_000 + i * 1000];
        assert!(v.iter().all(|&x| x == 0));
        v.fill(7);
    }
}

#[test]
fn large_alignments_hold() {
    #[repr(align(131072))]
    #[derive(Clone, Copy)]
    struct Wide([u8; 131072]);
    let b = vec![Wide([1; 131072]); 3];
    assert_eq!(b.as_ptr() as usize % 131072, 0);
    assert_eq!(b[2].0[131071], 1);
}

#[test]
fn threads_free_what_others_made() {
    let made: Vec<_> = (0..4u8).map(|t| std::thread::spawn(move || vec![t; 5 << 20])).collect();
    for (t, handle) in made.into_iter().enumerate() {
        assert!(handle.join().unwrap().iter().all(|&x| x as usize == t));
    }
}

#[test]
fn release_and_soften_return() {
    drop(vec![1u8; 40 << 20]);
    let _ = situ::soften();
    let _ = situ::release();
    assert!(situ::stats().purged_bytes > 0 || situ::stats().range_bytes == 0);
}

#[test]
fn arenas() {
    let mut arena = Arena::new(1 << 20).unwrap();
    let a = arena.alloc(1000, 7u64).unwrap();
    let b = arena.alloc(1000, 9u32).unwrap();
    a[0] = 1;
    assert_eq!((a[0], a[999], b[0]), (1, 7, 9));
    assert!(arena.alloc(1 << 20, 0u64).is_none());
    assert!(arena.alloc_uninit::<u64>(usize::MAX / 4).is_none());
    assert!(arena.used() >= 12000 && arena.capacity() == 1 << 20);
    arena.reset();
    assert_eq!(arena.used(), 0);
    assert!(arena.high_water() >= 12000);
    let growing = Arena::growing(1 << 16).unwrap();
    assert!(growing.alloc(1 << 20, 1u8).is_some());
    assert_eq!(Arena::new(0).err(), Some(Error::Argument));
}

#[test]
fn secrets() {
    let mut s = SecretBuf::new(100, situ::SECRET_GUARDED).unwrap();
    assert!(s.iter().all(|&x| x == 0));
    s[99] = 5;
    assert_eq!(s[99], 5);
    assert!(!format!("{s:?}").contains("5,"));
    assert!(s.protections() & situ::SECRET_LOCKED != 0 || s.lock_error() != 0);
    assert_eq!(SecretBuf::new(0, 0).err(), Some(Error::Argument));
}
