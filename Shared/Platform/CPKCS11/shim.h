/* The least of PKCS #11 that a master key needs: one AES-GCM operation with a key that does not leave its token. The
 * interface is tables of functions and structures with C's names, so it is used here and not from Swift. */
#include <dlfcn.h>
#include <string.h>
#include <p11-kit-1/p11-kit/pkcs11.h>

/* Where a call ended; `result` is then the CK_RV of that step. */
#define COUNTERSIGN_TOKEN_DONE 0
#define COUNTERSIGN_TOKEN_NO_MODULE 1
#define COUNTERSIGN_TOKEN_NOT_STARTED 2
#define COUNTERSIGN_TOKEN_ABSENT 3
#define COUNTERSIGN_TOKEN_AMBIGUOUS 4
#define COUNTERSIGN_TOKEN_NO_SESSION 5
#define COUNTERSIGN_TOKEN_NO_LOGIN 6
#define COUNTERSIGN_TOKEN_KEY_ABSENT 7
#define COUNTERSIGN_TOKEN_KEY_AMBIGUOUS 8
#define COUNTERSIGN_TOKEN_REFUSED 9
#define COUNTERSIGN_TOKEN_LAST_TRY 10

#define COUNTERSIGN_TOKEN_NONCE_LENGTH 12
#define COUNTERSIGN_TOKEN_TAG_LENGTH 16
#define COUNTERSIGN_TOKEN_SLOTS_MAX 64

/* Labels of tokens are 32 characters, padded with spaces. */
static inline int countersign_token_is_labelled(const CK_TOKEN_INFO *info, const char *label) {
    size_t length = strlen(label);
    if (length > sizeof(info->label) || memcmp(info->label, label, length) != 0) return 0;
    for (size_t at = length; at < sizeof(info->label); at++) {
        if (info->label[at] != ' ') return 0;
    }
    return 1;
}

static inline int countersign_token_find(
    CK_FUNCTION_LIST *functions, const char *label, CK_SLOT_ID *slot, unsigned long *result
) {
    CK_SLOT_ID slots[COUNTERSIGN_TOKEN_SLOTS_MAX];
    CK_ULONG count = COUNTERSIGN_TOKEN_SLOTS_MAX;
    CK_FLAGS flags = 0;
    int found = 0;
    *result = functions->C_GetSlotList(1, slots, &count);
    if (*result != CKR_OK) return COUNTERSIGN_TOKEN_NOT_STARTED;
    for (CK_ULONG at = 0; at < count; at++) {
        CK_TOKEN_INFO info;
        memset(&info, 0, sizeof info);
        if (functions->C_GetTokenInfo(slots[at], &info) != CKR_OK) continue;
        if (!countersign_token_is_labelled(&info, label)) continue;
        *slot = slots[at];
        flags = info.flags;
        found++;
    }
    if (found == 0) return COUNTERSIGN_TOKEN_ABSENT;
    if (found > 1) return COUNTERSIGN_TOKEN_AMBIGUOUS;
    /* A service that is started again and again must not be what locks the token. */
    return flags & CKF_USER_PIN_FINAL_TRY ? COUNTERSIGN_TOKEN_LAST_TRY : COUNTERSIGN_TOKEN_DONE;
}

static inline int countersign_token_find_key(
    CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE session, const char *label, CK_OBJECT_HANDLE *key,
    unsigned long *result
) {
    CK_OBJECT_CLASS class_of_keys = CKO_SECRET_KEY;
    CK_ATTRIBUTE sought[2] = {
        {CKA_CLASS, &class_of_keys, sizeof class_of_keys},
        {CKA_LABEL, (void *)label, strlen(label)},
    };
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count = 0;
    *result = functions->C_FindObjectsInit(session, sought, 2);
    if (*result != CKR_OK) return COUNTERSIGN_TOKEN_KEY_ABSENT;
    *result = functions->C_FindObjects(session, found, 2, &count);
    functions->C_FindObjectsFinal(session);
    if (*result != CKR_OK || count == 0) return COUNTERSIGN_TOKEN_KEY_ABSENT;
    if (count > 1) return COUNTERSIGN_TOKEN_KEY_AMBIGUOUS;
    *key = found[0];
    return COUNTERSIGN_TOKEN_DONE;
}

static inline int countersign_token_work(
    CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE session, const char *label, int seals, const unsigned char *nonce,
    const unsigned char *data, unsigned long data_length, const unsigned char *input, unsigned long input_length,
    unsigned char *output, unsigned long *output_length, unsigned long *result
) {
    CK_OBJECT_HANDLE key = 0;
    CK_GCM_PARAMS parameters;
    CK_MECHANISM mechanism;
    int step = countersign_token_find_key(functions, session, label, &key, result);
    if (step != COUNTERSIGN_TOKEN_DONE) return step;
    memset(&parameters, 0, sizeof parameters);
    parameters.pIv = (unsigned char *)nonce;
    parameters.ulIvLen = COUNTERSIGN_TOKEN_NONCE_LENGTH;
    parameters.ulIvBits = COUNTERSIGN_TOKEN_NONCE_LENGTH * 8;
    parameters.pAAD = (unsigned char *)data;
    parameters.ulAADLen = data_length;
    parameters.ulTagBits = COUNTERSIGN_TOKEN_TAG_LENGTH * 8;
    mechanism.mechanism = CKM_AES_GCM;
    mechanism.pParameter = &parameters;
    mechanism.ulParameterLen = sizeof parameters;
    *result = seals ? functions->C_EncryptInit(session, &mechanism, key)
                    : functions->C_DecryptInit(session, &mechanism, key);
    if (*result != CKR_OK) return COUNTERSIGN_TOKEN_REFUSED;
    *result = seals
        ? functions->C_Encrypt(session, (unsigned char *)input, input_length, output, output_length)
        : functions->C_Decrypt(session, (unsigned char *)input, input_length, output, output_length);
    return *result == CKR_OK ? COUNTERSIGN_TOKEN_DONE : COUNTERSIGN_TOKEN_REFUSED;
}

/* Seals `input` or opens it, with the key labelled `key` of the token labelled `token`. `output` has room for
 * `*output_length` bytes. The module stays loaded: what it registered with the process outlives a call. Not to be called
 * by two threads at once. */
static inline int countersign_token_use(
    const char *module, const char *token, const unsigned char *pin, unsigned long pin_length, const char *key,
    int seals, const unsigned char *nonce, const unsigned char *data, unsigned long data_length,
    const unsigned char *input, unsigned long input_length, unsigned char *output, unsigned long *output_length,
    unsigned long *result
) {
    CK_FUNCTION_LIST *functions = NULL;
    CK_C_GetFunctionList list;
    CK_C_INITIALIZE_ARGS arguments;
    CK_SLOT_ID slot = 0;
    CK_SESSION_HANDLE session = 0;
    int step, is_ours;
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    *result = CKR_OK;
    if (library == NULL) return COUNTERSIGN_TOKEN_NO_MODULE;
    list = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    if (list == NULL) return COUNTERSIGN_TOKEN_NO_MODULE;
    *result = list(&functions);
    if (*result != CKR_OK || functions == NULL) return COUNTERSIGN_TOKEN_NOT_STARTED;
    memset(&arguments, 0, sizeof arguments);
    arguments.flags = CKF_OS_LOCKING_OK;
    *result = functions->C_Initialize(&arguments);
    is_ours = *result == CKR_OK;
    if (!is_ours && *result != CKR_CRYPTOKI_ALREADY_INITIALIZED) return COUNTERSIGN_TOKEN_NOT_STARTED;
    step = countersign_token_find(functions, token, &slot, result);
    if (step == COUNTERSIGN_TOKEN_DONE) {
        *result = functions->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
        if (*result != CKR_OK) {
            step = COUNTERSIGN_TOKEN_NO_SESSION;
        } else {
            *result = functions->C_Login(session, CKU_USER, (unsigned char *)pin, pin_length);
            if (*result != CKR_OK && *result != CKR_USER_ALREADY_LOGGED_IN) {
                step = COUNTERSIGN_TOKEN_NO_LOGIN;
            } else {
                step = countersign_token_work(
                    functions, session, key, seals, nonce, data, data_length, input, input_length, output,
                    output_length, result);
                functions->C_Logout(session);
            }
            functions->C_CloseSession(session);
        }
    }
    if (is_ours) functions->C_Finalize(NULL);
    return step;
}
