-- SPDX-License-Identifier: Apache-2.0
-- What a phone signed is never forgotten (R24), so housekeeping looks among the other sign-ins only.
create index sign_in_forgettable_idx on core.sign_in (created_at) where signature is null;
drop index core.sign_in_created_at_idx;
