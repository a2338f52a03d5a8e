// SPDX-License-Identifier: Apache-2.0
// What threads keep of freed frames (allocate_frame in task.h) for the next ones.
#pragma once

namespace seine::runtime {

// Gives what is kept back to malloc: this thread's at once, that of each other thread when it next
// frees a frame. A spare frame holds the page it lies on, whatever else of it is free.
void release_spare_frames();

}  // namespace seine::runtime
