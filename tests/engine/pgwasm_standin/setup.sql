-- SPDX-License-Identifier: Apache-2.0
--
-- The stand-in of pgwasm 0.1.0 is an extension of the same name.
CREATE EXTENSION pgwasm;
