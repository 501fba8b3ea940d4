// SPDX-License-Identifier: Apache-2.0

/// Runs `work` `count` times at once and returns what all of them gave, in no order.
func inParallel<Answer: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (Int) async throws -> Answer
) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: Answer.self) { group in
        for number in 0..<count { group.addTask { try await work(number) } }
        var answers: [Answer] = []
        for try await answer in group { answers.append(answer) }
        return answers
    }
}

/// How often each value occurs.
func tally<Value: Hashable>(_ values: some Sequence<Value>) -> [Value: Int] {
    values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
}
