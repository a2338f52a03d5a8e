// SPDX-License-Identifier: Apache-2.0
// Whose pages these are, as the header and titles say. Dive is a part of Seine: until the server
// has said which of both answers, it is Seine.
import { createContext } from 'react';

export const kSeine = 'Seine';
export const kDive = 'Dive';

export const Brand = createContext(kSeine);
