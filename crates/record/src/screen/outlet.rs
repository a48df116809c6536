//! The outlet to somebody who may not read: a pipe that is full, or a terminal that is held up.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A pipe that takes anything takes as much as this at once, everywhere.
const PIECE: usize = 512;

/// Writes all of `bytes` to `out`, and waits for a reader that takes nothing for at most `patience`
/// at a time.
///
/// # Errors
/// As writing does, and `TimedOut` when the patience is over; what came before was written.
pub fn write(out: impl AsFd, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
    while !bytes.is_empty() {
        until_writable(&out, patience)?;
        match rustix::io::write(&out, &bytes[..bytes.len().min(PIECE)]) {
            Ok(written) => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn until_writable(out: &impl AsFd, patience: Duration) -> io::Result<()> {
    let end = Instant::now() + patience;
    loop {
        let left = Timespec::try_from(end.saturating_duration_since(Instant::now()));
        let mut asked = [PollFd::new(out, PollFlags::OUT)];
        match poll(&mut asked, left.ok().as_ref()) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            // An error of the stream is told by the write itself.
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, pipe};

    use super::*;

    #[test]
    fn a_reader_that_reads_gets_all_of_it() {
        let (mut reader, writer) = pipe().unwrap();
        let sent = vec![b'x'; 300_000];
        let expected = sent.clone();
        let read = std::thread::spawn(move || {
            let mut got = Vec::new();
            reader.read_to_end(&mut got).unwrap();
            got
        });
        write(&writer, &sent, Duration::from_secs(30)).unwrap();
        drop(writer);
        assert!(read.join().unwrap() == expected);
    }

    #[test]
    fn a_reader_that_does_not_read_is_not_waited_for() {
        let (_reader, writer) = pipe().unwrap();
        let patience = Duration::from_millis(50);
        let error = write(&writer, &vec![b'x'; 1 << 21], patience).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
