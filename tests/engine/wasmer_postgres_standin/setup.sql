-- SPDX-License-Identifier: Apache-2.0
--
-- The stand-in of wasmer-postgres is an extension of the same name.
CREATE EXTENSION wasm;
