// SPDX-License-Identifier: Apache-2.0

/// Runs `work` `count` times at once and returns what all of them gave, in no order.
///
/// - Parameter width: how many run at one time; where load is not the question, a crowd would be refused some of it (R97).
func inParallel<Answer: Sendable>(
    _ count: Int, width: Int = .max, _ work: @escaping @Sendable (Int) async throws -> Answer
) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: Answer.self) { group in
        var answers: [Answer] = []
        for number in 0..<count {
            if number >= width, let answer = try await group.next() { answers.append(answer) }
            group.addTask { try await work(number) }
        }
        for try await answer in group { answers.append(answer) }
        return answers
    }
}

/// How often each value occurs.
func tally<Value: Hashable>(_ values: some Sequence<Value>) -> [Value: Int] {
    values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
}
