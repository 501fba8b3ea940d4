// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// How far a person has come when a call is about them.
package enum Stage: Int, CaseIterable, Sendable {
    /// Somebody waits for the end of it already.
    case begun
    case new
}

extension Operation {
    /// Sign-ins that have begun, and what a phone needs to answer one, come before everything else.
    package var stage: Stage {
        switch self {
        case .readSignIn, .answerSignIn, .cancelSignIn, .choosePortalFactor, .createNonce, .listChallenges,
            .answerChallenge:
            .begun
        case .startSignIn, .startPortalSignIn, .createUser, .listUsers, .readUser, .updateUser, .deleteUser,
            .setPassword, .blockUser, .unblockUser, .unlockUser, .createBypass, .deleteBypass, .listFactors,
            .createFactor, .confirmFactor, .deleteFactor, .resynchroniseFactor, .createActivation, .readActivation,
            .listAudit, .endTicket, .activateDevice, .setPushAddress, .removeDevice:
            .new
        }
    }
}
