//! The writers of a pipe. Whoever reads from it learns of their end only when it gets a processor; the pipe
//! itself knows it at once.

use std::io::{self, PipeReader};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// All that can write into a pipe.
#[derive(Debug)]
pub struct Writers(PipeReader);

impl Writers {
    /// Those of the pipe that ends here.
    ///
    /// # Errors
    /// This process may have no more files open.
    pub fn of(pipe: &PipeReader) -> io::Result<Self> {
        pipe.try_clone().map(Self)
    }

    /// Whether there are none any more. What they wrote may still wait to be read; it is not much, because a
    /// pipe does not hold much.
    pub fn are_gone(&self) -> bool {
        let mut asked = [PollFd::new(&self.0, PollFlags::IN)];
        let answered = poll(&mut asked, Some(&Timespec::default()));
        answered.is_ok() && asked[0].revents().contains(PollFlags::HUP)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Write, pipe};

    use super::*;

    #[test]
    fn they_are_gone_when_the_last_one_is_however_much_waits_to_be_read() {
        let (reader, mut writer) = pipe().unwrap();
        let (writers, second) = (Writers::of(&reader).unwrap(), writer.try_clone().unwrap());
        writer.write_all(b"waits").unwrap();
        drop(writer);
        assert!(!writers.are_gone());
        drop(second);
        assert!(writers.are_gone());
    }
}
