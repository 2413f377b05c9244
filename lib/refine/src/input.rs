//! The bytes of an object as they were before compression, told apart by magic bytes and never by name.

use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use thiserror::Error;

pub(crate) const GZIP: [u8; 2] = [0x1f, 0x8b];
pub(crate) const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// What a decoder is given at once.
const BLOCK: usize = 64 * 1024;

/// A zstd frame may ask its reader for a window of gigabytes. 2^26 bytes (64 MiB) is all that is given.
const LARGEST_ZSTD_WINDOW_LOG: u32 = 26;

/// What is worth sending shrinks less. Events as they come in shrink 51-fold to 119-fold with zstd, those that differ in a
/// counter alone 50-fold with gzip and 120-fold with zstd at its best, the same event again and again 260-fold with gzip. With
/// zstd the last has no such bound, and is refused above [`HARMLESS_EXPANSION`]. A bomb of gzip grows 1,000-fold, one of
/// zstd 30,000-fold.
const LARGEST_EXPANSION: u64 = 500;

/// Below this size an expansion harms nobody, whatever its ratio.
const HARMLESS_EXPANSION: u64 = 256 * 1024 * 1024;

/// The two, for whoever has to deliver otherwise.
pub(crate) const GROWTH_ALLOWED: &str = "at most 500-fold growth beyond 268435456 bytes";

/// Why no further bytes can be had.
#[derive(Debug, Error)]
pub(crate) enum InputError {
    /// The store failed: the same object may well be readable later.
    #[error("the object could not be read: {0}")]
    Source(#[source] io::Error),
    /// The object itself is damaged: it will be so next time as well.
    #[error("the compressed bytes are damaged: {0}")]
    Damaged(#[source] io::Error),
    #[error("the object expands too far; it may have {GROWTH_ALLOWED}")]
    Bomb,
}

pub(crate) struct Input<R: Read> {
    decoder: Decoder<R>,
    expanded: u64,
}

enum Decoder<R: Read> {
    Plain(Blocks<R>),
    Gzip(Box<MultiGzDecoder<Blocks<R>>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, Blocks<R>>>),
}

impl<R: Read> Input<R> {
    pub(crate) fn open(source: R) -> Result<Self, InputError> {
        let mut source = Blocks::new(source);
        let beginning = source.fill_buf().map_err(classify)?;
        let is_gzip = beginning.starts_with(&GZIP);
        let is_zstd = beginning.starts_with(&ZSTD);
        let decoder = if is_gzip {
            Decoder::Gzip(Box::new(MultiGzDecoder::new(source)))
        } else if is_zstd {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(source).map_err(classify)?;
            decoder.window_log_max(LARGEST_ZSTD_WINDOW_LOG).map_err(classify)?;
            Decoder::Zstd(Box::new(decoder))
        } else {
            Decoder::Plain(source)
        };
        Ok(Self { decoder, expanded: 0 })
    }

    /// Reads some bytes; none means the end.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<usize, InputError> {
        let read = loop {
            let attempt = match &mut self.decoder {
                Decoder::Plain(source) => source.read(into),
                Decoder::Gzip(decoder) => decoder.read(into),
                Decoder::Zstd(decoder) => decoder.read(into),
            };
            match attempt {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome.map_err(classify)?,
            }
        };
        self.expanded += read as u64;
        let is_bomb =
            self.expanded > HARMLESS_EXPANSION && self.expanded / LARGEST_EXPANSION > self.compressed_bytes();
        if is_bomb { Err(InputError::Bomb) } else { Ok(read) }
    }

    /// Bytes taken from the source so far.
    pub(crate) fn compressed_bytes(&self) -> u64 {
        let source = match &self.decoder {
            Decoder::Plain(source) => source,
            Decoder::Gzip(decoder) => decoder.get_ref(),
            Decoder::Zstd(decoder) => decoder.get_ref(),
        };
        source.taken
    }

    pub(crate) fn expanded_bytes(&self) -> u64 {
        self.expanded
    }
}

/// The source in blocks that are full but for the last. How far a decoder gets before it meets damage depends on how
/// it is fed, and the lake must not depend on how the network delivers.
///
/// Counts what the source gives, and marks its failures, which a decoder would hand on looking just like damage.
struct Blocks<R> {
    source: R,
    block: Vec<u8>,
    at: usize,
    filled: usize,
    taken: u64,
}

impl<R: Read> Blocks<R> {
    fn new(source: R) -> Self {
        Self { source, block: vec![0; BLOCK], at: 0, filled: 0, taken: 0 }
    }

    fn next_block(&mut self) -> io::Result<()> {
        self.at = 0;
        self.filled = 0;
        loop {
            let free = self.block.get_mut(self.filled..).unwrap_or_default();
            if free.is_empty() {
                return Ok(());
            }
            match self.source.read(free) {
                Ok(0) => return Ok(()),
                Ok(read) => {
                    self.filled += read;
                    self.taken += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(io::Error::new(error.kind(), SourceFailed(error))),
            }
        }
    }
}

impl<R: Read> BufRead for Blocks<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.filled {
            self.next_block()?;
        }
        Ok(self.block.get(self.at..self.filled).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.filled.min(self.at + amount);
    }
}

impl<R: Read> Read for Blocks<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

#[derive(Debug, Error)]
#[error("{0}")]
struct SourceFailed(#[source] io::Error);

fn classify(error: io::Error) -> InputError {
    let from_source = error.get_ref().is_some_and(|inner| inner.is::<SourceFailed>());
    if from_source { InputError::Source(error) } else { InputError::Damaged(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read_all(source: impl Read) -> Result<Vec<u8>, InputError> {
        let mut input = Input::open(source)?;
        let mut all = Vec::new();
        let mut chunk = [0; 7];
        loop {
            match input.read(&mut chunk)? {
                0 => return Ok(all),
                read => all.extend_from_slice(&chunk[..read]),
            }
        }
    }

    #[test]
    fn every_compression_and_every_concatenation_reads_alike() {
        let zstd = |text: &[u8]| zstd::encode_all(text, 1).unwrap();
        assert_eq!(read_all(&b"one two"[..]).unwrap(), b"one two");
        assert_eq!(read_all(&b""[..]).unwrap(), b"");
        assert_eq!(read_all(&b"x"[..]).unwrap(), b"x");
        assert_eq!(read_all(&gzip(b"one two")[..]).unwrap(), b"one two");
        assert_eq!(read_all(&[gzip(b"one "), gzip(b"two")].concat()[..]).unwrap(), b"one two");
        assert_eq!(read_all(&zstd(b"one two")[..]).unwrap(), b"one two");
        assert_eq!(read_all(&[zstd(b"one "), zstd(b"two")].concat()[..]).unwrap(), b"one two");
    }

    #[test]
    fn a_cut_object_is_damaged_and_a_failing_store_is_not() {
        let whole = gzip(b"some text that is long enough to be cut in the middle");
        assert!(matches!(read_all(&whole[..whole.len() / 2]), Err(InputError::Damaged(_))));
        let mut flipped = whole.clone();
        flipped[15] ^= 0x55;
        assert!(matches!(read_all(&flipped[..]), Err(InputError::Damaged(_))));

        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::new(io::ErrorKind::ConnectionReset, "gone"))
            }
        }
        let failing_midway = whole[..20].chain(Failing);
        assert!(matches!(read_all(failing_midway), Err(InputError::Source(_))));
        assert!(matches!(read_all(Failing), Err(InputError::Source(_))));
    }

    #[test]
    fn as_much_is_had_of_a_damaged_object_however_it_is_delivered() {
        struct Dribble<'a>(&'a [u8]);
        impl Read for Dribble<'_> {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let length = into.len().min(3);
                self.0.read(&mut into[..length])
            }
        }
        fn until_damage(source: impl Read) -> Vec<u8> {
            let mut input = Input::open(source).unwrap();
            let mut had = Vec::new();
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = input.read(&mut chunk) {
                had.extend_from_slice(&chunk[..read]);
            }
            had
        }
        let text: Vec<u8> = (0..200_000u32).flat_map(|number| (number * 7919).to_le_bytes()).collect();
        let mut damaged = gzip(&text);
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0x55;
        assert_eq!(until_damage(&damaged[..]), until_damage(Dribble(&damaged)));
    }

    /// A frame of blocks that take four bytes for 128 KiB each.
    fn zstd_of_blocks(blocks: usize) -> Vec<u8> {
        let block = |is_last: bool| {
            let header = (128_u32 * 1024) << 3 | 1 << 1 | u32::from(is_last);
            let [low, middle, high, _] = header.to_le_bytes();
            [low, middle, high, b'x']
        };
        [b"\x28\xb5\x2f\xfd\0\x38".to_vec(), block(false).repeat(blocks - 1), block(true).to_vec()].concat()
    }

    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..bytes).map(next).collect()
    }

    /// Whether it is a bomb, and how far it grew until that was known.
    fn grown(object: &[u8]) -> (bool, u64) {
        let mut input = Input::open(object).unwrap();
        let mut chunk = vec![0; BLOCK];
        loop {
            match input.read(&mut chunk) {
                Ok(0) => return (false, input.expanded_bytes()),
                Ok(_) => {}
                Err(InputError::Bomb) => return (true, input.expanded_bytes()),
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn the_limits_that_are_told_are_those_that_are_kept() {
        let told = format!("at most {LARGEST_EXPANSION}-fold growth beyond {HARMLESS_EXPANSION} bytes");
        assert_eq!(GROWTH_ALLOWED, told);
    }

    #[test]
    fn a_bomb_is_stopped_early_and_what_grows_less_is_read() {
        let harmless = usize::try_from(HARMLESS_EXPANSION / (128 * 1024)).unwrap();
        assert_eq!(grown(&zstd_of_blocks(harmless)), (false, HARMLESS_EXPANSION));
        let stopped = |(is_bomb, grown)| is_bomb && grown <= HARMLESS_EXPANSION + BLOCK as u64;
        assert!(stopped(grown(&zstd_of_blocks(harmless + 1))));
        assert!(stopped(grown(&zstd_of_blocks(80_000))), "ten gibibytes in 320 kB");

        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b' '; 16 << 20]).unwrap();
        let spaces = encoder.finish().unwrap().repeat(17);
        assert!(stopped(grown(&spaces)), "{} bytes", spaces.len());
        let packed = gzip(&noise(600_000));
        assert!(packed.len() > 590_000);
        let beside_noise = [packed, spaces].concat();
        assert_eq!(grown(&beside_noise), (false, 600_000 + 17 * (16 << 20)));
    }
}
