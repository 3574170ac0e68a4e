//! The recorder on its own thread: many messages share one transaction.

use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::entry::Entry;
use super::{BATCH, RecordError, Recorder};
use crate::push::journal::{Intention, Journal, Lost, Settlement};

impl Recorder {
    /// Puts the recorder on its own thread; it comes back when every clone of the journal is gone.
    ///
    /// # Errors
    /// Where the system has no thread to give.
    pub fn on_its_thread(self) -> std::io::Result<(RecordJournal, Running)> {
        let (sender, receiver) = mpsc::channel(BATCH);
        let thread = thread::Builder::new().name("record".to_owned()).spawn(move || self.serve(receiver))?;
        Ok((RecordJournal(sender), Running(thread)))
    }

    fn serve(mut self, mut messages: mpsc::Receiver<Message>) -> (Self, Result<(), RecordError>) {
        while let Some(first) = messages.blocking_recv() {
            let mut entries = vec![first.entry];
            let mut waiting: Vec<_> = first.written.into_iter().collect();
            while entries.len() < BATCH
                && let Ok(next) = messages.try_recv()
            {
                entries.push(next.entry);
                waiting.extend(next.written);
            }
            if let Err(error) = self.apply(&entries) {
                // Those that wait learn by their channel's end that nothing was written.
                return (self, Err(error));
            }
            for written in waiting {
                // One that was cut off in the meantime no longer listens.
                let _ = written.send(());
            }
        }
        (self, Ok(()))
    }
}

struct Message {
    entry: Entry,
    /// Told once the entry is on disk.
    written: Option<oneshot::Sender<()>>,
}

/// The writer's door for push.
#[derive(Clone)]
pub struct RecordJournal(mpsc::Sender<Message>);

impl Journal for RecordJournal {
    async fn intend(&self, intention: Intention) -> Result<(), Lost> {
        let (written, on_disk) = oneshot::channel();
        let entry = Entry::Intend(Box::new(intention));
        self.0.send(Message { entry, written: Some(written) }).await.map_err(|_| Lost)?;
        on_disk.await.map_err(|_| Lost)
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), Lost> {
        let entry = Entry::Settle(Box::new(settlement));
        self.0.send(Message { entry, written: None }).await.map_err(|_| Lost)
    }
}

/// A recorder on its thread.
pub struct Running(thread::JoinHandle<(Recorder, Result<(), RecordError>)>);

impl Running {
    /// Waits until the last journal is gone and everything is written.
    ///
    /// # Errors
    /// [`RecordError::Thread`] where the thread ended abnormally. What could not be written comes beside the recorder.
    pub fn join(self) -> Result<(Recorder, Result<(), RecordError>), RecordError> {
        self.0.join().map_err(|_| RecordError::Thread)
    }
}
