//! An object that may be too large for memory: one PUT if it is small, else a multipart upload.

use std::io::{self, Write};

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{ObjectWriter, StoreError, Trouble};

use super::conditional::Mark;
use super::failure::Failure;
use super::{LARGE, S3Store, patient_with};
use crate::bridge::Pending;

pub(super) const SMALLEST_PART: usize = 8 << 20;
/// An upload has at most 10,000 parts, and an object at most 5 TiB. Parts that grow with what is written reach that with 9,400
/// parts, and are of the smallest size up to 10 GiB.
const PARTS_SO_FAR: u64 = 1_300;

/// While one part is sent, the next is filled.
pub(super) struct Writer {
    store: S3Store,
    key: ObjectKey,
    buffer: Vec<u8>,
    upload: Option<Upload>,
    failed: bool,
}

struct Upload {
    id: String,
    mark: Mark,
    sent: u64,
    parts: Vec<CompletedPart>,
    sending: Option<Pending<Result<CompletedPart, Failure>>>,
}

impl Writer {
    pub(super) fn new(store: S3Store, key: ObjectKey) -> Self {
        Self { store, key, buffer: Vec::new(), upload: None, failed: false }
    }

    fn part_size(&self) -> usize {
        part_size(self.upload.as_ref().map_or(0, |upload| upload.sent))
    }

    /// Sends the buffer as the next part, once the part before it has arrived.
    fn send_part(&mut self) -> Result<(), Failure> {
        let mut upload = match self.upload.take() {
            Some(upload) => upload,
            None => self.begin_upload()?,
        };
        let arrived = upload.wait_for_part();
        if arrived.is_ok() {
            let bytes = std::mem::take(&mut self.buffer);
            upload.sent += bytes.len() as u64;
            upload.sending = Some(self.begin_part(&upload, bytes));
        }
        self.upload = Some(upload);
        arrived
    }

    fn begin_upload(&self) -> Result<Upload, Failure> {
        let (bucket, path) = self.store.address.place_of(&self.key);
        let mark = Mark::new()?;
        let request = self
            .store
            .client
            .create_multipart_upload()
            .bucket(bucket)
            .key(path)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .metadata(Mark::NAME, mark.as_str());
        let created = self.store.wait(async move { request.send().await.map_err(Failure::from) })?;
        let id = created.upload_id().ok_or_else(|| Failure::unusable("upload id"))?.to_owned();
        Ok(Upload { id, mark, sent: 0, parts: Vec::new(), sending: None })
    }

    fn begin_part(&self, upload: &Upload, bytes: Vec<u8>) -> Pending<Result<CompletedPart, Failure>> {
        let (bucket, path) = self.store.address.place_of(&self.key);
        let number = i32::try_from(upload.parts.len() + 1).unwrap_or(i32::MAX);
        let length = bytes.len();
        let request = self
            .store
            .client
            .upload_part()
            .bucket(bucket)
            .key(path)
            .upload_id(&upload.id)
            .part_number(number)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .body(ByteStream::from(bytes));
        self.store.begin(async move {
            let request = request.customize().config_override(patient_with(length));
            let answer = request.send().await.map_err(Failure::from)?;
            let part = CompletedPart::builder()
                .part_number(number)
                .set_e_tag(answer.e_tag)
                .set_checksum_crc32(answer.checksum_crc32);
            Ok(part.build())
        })
    }

    fn end(&mut self) -> Result<(), Failure> {
        if self.upload.is_none() {
            return self.put_whole();
        }
        if !self.buffer.is_empty() {
            self.send_part()?;
        }
        let Some(upload) = &mut self.upload else {
            return Ok(());
        };
        upload.wait_for_part()?;
        let parts = std::mem::take(&mut upload.parts);
        self.complete(parts)?;
        self.upload = None;
        Ok(())
    }

    fn put_whole(&mut self) -> Result<(), Failure> {
        let (bucket, path) = self.store.address.place_of(&self.key);
        let bytes = std::mem::take(&mut self.buffer);
        let length = bytes.len();
        let request = self.store.client.put_object().bucket(bucket).key(path).body(ByteStream::from(bytes));
        self.store.wait(async move {
            let request = request.customize().config_override(patient_with(length));
            request.send().await.map(drop).map_err(Failure::from)
        })
    }

    /// An upload that is gone may have been completed by a request whose answer was lost.
    fn complete(&self, parts: Vec<CompletedPart>) -> Result<(), Failure> {
        let Some(upload) = &self.upload else {
            return Ok(());
        };
        let (bucket, path) = self.store.address.place_of(&self.key);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self
            .store
            .client
            .complete_multipart_upload()
            .bucket(&bucket)
            .key(&path)
            .upload_id(&upload.id)
            .multipart_upload(parts);
        let head = self.store.client.head_object().bucket(bucket).key(path);
        let mark = upload.mark.clone();
        self.store.wait(async move {
            let request = request.customize().config_override(patient_with(LARGE));
            let Err(failure) = request.send().await.map_err(Failure::from) else {
                return Ok(());
            };
            if !failure.is_absent() && !failure.is_passing() {
                return Err(failure);
            }
            match head.send().await {
                Ok(there) if mark.is_on(&there) => Ok(()),
                _ if failure.may_be_done() => Err(failure.with_answer_lost()),
                _ if failure.is_passing() => Err(failure),
                _ => {
                    Err(Failure::new(Trouble::AnswerLost, "the upload is gone, and another object is there"))
                }
            }
        })
    }

    fn told(&self, failure: Failure) -> StoreError {
        failure.told("write", self.store.uri(&self.key))
    }
}

impl Upload {
    fn wait_for_part(&mut self) -> Result<(), Failure> {
        if let Some(sending) = self.sending.take() {
            self.parts.push(sending.wait()??);
        }
        Ok(())
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed {
            return Err(io::Error::other("an earlier write of this object failed"));
        }
        if self.buffer.len() >= self.part_size()
            && let Err(failure) = self.send_part()
        {
            self.failed = true;
            return Err(io::Error::other(self.told(failure)));
        }
        let room = self.part_size().saturating_sub(self.buffer.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.buffer.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// Nothing may be visible before the end, and parts have a smallest size.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ObjectWriter for Writer {
    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        let ended = match self.failed {
            true => Err(Failure::new(Trouble::Passing, "an earlier write of this object failed")),
            false => self.end(),
        };
        ended.map_err(|failure| self.told(failure))
    }
}

/// What was sent of an object that is given up costs money until it is aborted. A part that is still on its way would stay, so it is
/// waited for. What even this leaves, a lifecycle rule of the bucket removes.
impl Drop for Writer {
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else {
            return;
        };
        let _ = upload.wait_for_part();
        let (bucket, path) = self.store.address.place_of(&self.key);
        let abort = self.store.client.abort_multipart_upload().bucket(bucket).key(path).upload_id(&upload.id);
        if let Err(failure) =
            self.store.wait(async move { abort.send().await.map(drop).map_err(Failure::from) })
        {
            let error = self.told(failure);
            tracing::warn!(%error, "a given-up upload was not aborted");
        }
    }
}

/// The size of the part that follows when `sent` bytes were sent.
fn part_size(sent: u64) -> usize {
    usize::try_from(sent / PARTS_SO_FAR).unwrap_or(usize::MAX).max(SMALLEST_PART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_parts_are_enough_for_the_largest_object() {
        let (mut sent, mut parts, mut largest) = (0_u64, 0, 0);
        while sent < 5 << 40 {
            largest = part_size(sent) as u64;
            sent += largest;
            parts += 1;
        }
        assert!(parts <= 10_000, "{parts}");
        assert!(largest <= 5 << 30, "{largest}");
        assert_eq!(part_size(10 << 30), SMALLEST_PART);
    }
}
